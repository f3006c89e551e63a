#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "sandbox/worker.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct worker *start(const struct worker_options *options)
{
	struct error err;
	struct worker *w = worker_start(options, &err);

	assert_non_null(w);
	return w;
}

/* Answers no request. */
static const struct worker_result *finish(struct worker *w)
{
	struct worker_request request;

	while (worker_next(w, &request))
		worker_answer(w, NULL, -1);
	return worker_result(w);
}

static void status_arrives(void **unused)
{
	const struct worker_options options = {0};
	scoped(worker_free) struct worker *w = start(&options);

	(void)unused;
	if (worker_is_inside(w))
		worker_end(w, 7);
	assert_true(finish(w)->has_finished);
	assert_int_equal(worker_result(w)->status, 7);
}

static void requests_are_answered(void **unused)
{
	const struct worker_options options = {0};
	scoped(worker_free) struct worker *w = start(&options);
	struct error err;
	struct worker_request request;

	(void)unused;
	if (worker_is_inside(w)) {
		const struct worker_request file = {.kind = 3}, bad = {.kind = 4};
		int fd = -1;
		bool good = worker_ask(w, &file, &fd, &err) == 0 &&
			    write(fd, "x", 1) == 1 &&
			    worker_ask(w, &bad, NULL, &err) < 0 &&
			    strcmp(err.text, "not today") == 0;

		worker_end(w, good ? 0 : 1);
	}
	assert_true(worker_next(w, &request));
	assert_int_equal(request.kind, 3);
	worker_answer(w, NULL, STDERR_FILENO);
	assert_true(worker_next(w, &request));
	assert_int_equal(request.kind, 4);
	error_set(&err, "not today");
	worker_answer(w, &err, -1);
	assert_int_equal(finish(w)->status, 0);
	assert_true(worker_result(w)->has_finished);
}

static void death_has_a_cause(void **unused)
{
	const struct worker_options options = {0};
	scoped(worker_free) struct worker *crash = start(&options);

	(void)unused;
	if (worker_is_inside(crash))
		abort();
	assert_false(finish(crash)->has_finished);
	assert_string_equal(worker_result(crash)->cause, "crashed (signal 6)");
	worker_free(&crash);
	crash = start(&options);
	if (worker_is_inside(crash)) {
		/* As base/mem does when there is no memory. */
		_exit(1);
	}
	assert_false(finish(crash)->has_finished);
	assert_string_equal(worker_result(crash)->cause, "ran out of memory");
}

static void dead_worker_leaves_its_mark(void **unused)
{
	scoped(file_marks_free) struct file_marks *marks = file_marks_new();
	const struct worker_options options = {.marks = marks};
	scoped(worker_free) struct worker *w = start(&options);
	struct file_mark found[FILE_MARKS_MAX];

	(void)unused;
	if (worker_is_inside(w)) {
		file_marks_end(marks, file_marks_begin(marks, 1, "/lib/good.so"));
		file_marks_begin(marks, 2, "/lib/bad.so");
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	assert_false(finish(w)->has_finished);
	assert_int_equal(file_marks_copy(marks, found), 1);
	assert_int_equal(found[0].key, 2);
	assert_string_equal(found[0].path, "/lib/bad.so");
}

static void endless_loop_is_killed(void **unused)
{
	scoped(file_marks_free) struct file_marks *marks = file_marks_new();
	const struct worker_options options = {.marks = marks, .file_ns = 50000000};
	scoped(worker_free) struct worker *w = start(&options);

	(void)unused;
	if (worker_is_inside(w)) {
		volatile bool more = true;

		file_marks_begin(marks, 9, "/lib/loop.so");
		while (more)
			;
	}
	assert_false(finish(w)->has_finished);
	assert_int_equal(worker_result(w)->slow.key, 9);
	assert_string_equal(worker_result(w)->cause, "took longer than 0 s of CPU time");
}

static void memory_has_a_limit(void **unused)
{
	const struct worker_options options = {0};
	scoped(worker_free) struct worker *w = start(&options);

	(void)unused;
	if (worker_is_inside(w)) {
		size_t page = 1 << 20;

		/* All of the machine's memory; no page of it is touched. */
		for (uint64_t i = 0; i < (uint64_t)sysconf(_SC_PHYS_PAGES) / 256; i++)
			if (mmap(NULL, page, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
				 0) == MAP_FAILED)
				worker_end(w, 3);
		worker_end(w, 0);
	}
	assert_int_equal(finish(w)->status, 3);
}

static void inputs_are_opened_for_the_worker(void **unused)
{
	char folder[] = "/tmp/flame-worker-XXXXXX", text[16] = "";
	scoped(mem_release) char *path = NULL;
	const char *inputs[1];
	scoped(fd_close) int fd = -1;

	(void)unused;
	assert_non_null(mkdtemp(folder));
	path = mem_format("%s/input", folder);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "secret", 6), 6);
	inputs[0] = path;
	for (size_t n = 0; n < 2; n++) {
		const struct worker_options options = {
			.files = {.inputs = inputs, .n_inputs = n}};
		scoped(worker_free) struct worker *w = start(&options);

		if (worker_is_inside(w)) {
			int in = open(path, O_RDONLY);

			worker_end(w, in >= 0 && read(in, text, sizeof(text)) == 6);
		}
		assert_int_equal(finish(w)->status, n);
	}
	unlink(path);
	rmdir(folder);
}

/* As a worker that was taken over may do. */
static void worker_that_gives_no_answer_is_ended(void **unused)
{
	const struct worker_options options = {0};
	scoped(worker_free) struct worker *w = start(&options);

	(void)unused;
	if (worker_is_inside(w)) {
		volatile bool more = true;

		syscall(SYS_close_range, STDERR_FILENO + 1, UINT32_MAX, 0);
		while (more)
			;
	}
	assert_false(finish(w)->has_finished);
	assert_int_equal(worker_result(w)->signal, SIGKILL);
}

/* The caller's descriptors have no FD_CLOEXEC. */
static void descriptors_of_the_caller_are_closed(void **unused)
{
	static const struct {
		int flags;
		bool stays;
	} kinds[] = {
		{O_WRONLY, false},
		{O_RDWR, false},
		{O_RDONLY, true},
		{O_WRONLY | O_CLOEXEC, true},
	};
	char path[] = "/tmp/flame-worker-XXXXXX";
	int made = mkstemp(path);

	(void)unused;
	for (size_t i = 0; i < array_size(kinds); i++) {
		const struct worker_options options = {0};
		scoped(fd_close) int fd = open(path, kinds[i].flags);
		scoped(worker_free) struct worker *w = start(&options);

		if (worker_is_inside(w))
			worker_end(w, fcntl(fd, F_GETFD) >= 0);
		assert_int_equal(finish(w)->status, kinds[i].stays);
	}
	close(made);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_arrives),
		cmocka_unit_test(requests_are_answered),
		cmocka_unit_test(death_has_a_cause),
		cmocka_unit_test(dead_worker_leaves_its_mark),
		cmocka_unit_test(endless_loop_is_killed),
		cmocka_unit_test(memory_has_a_limit),
		cmocka_unit_test(inputs_are_opened_for_the_worker),
		cmocka_unit_test(worker_that_gives_no_answer_is_ended),
		cmocka_unit_test(descriptors_of_the_caller_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
