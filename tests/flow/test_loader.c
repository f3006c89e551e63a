/* Two recordings are loaded at once in one process, and do not disturb each other. */
#include "flow/loader.h"

#include "base/scoped.h"
#include "fold/folded.h"
#include "model/callchain.h"
#include "tests/files.h"
#include "tests/flow/small_recording.h"
#include "tests/test.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { LOADS = 4 };

/* One load in a thread of its own. */
struct load {
	pthread_t thread;
	const char *path;
	struct input_data data;
	struct out *folded;
	int result;
};

/* This program: its symbols and DWARF are read for names. */
static struct event_mmap this_program(char path[512])
{
	ssize_t n = readlink("/proc/self/exe", path, 511);
	struct stat st;

	assert_true(n > 0);
	path[n] = '\0';
	assert_int_equal(stat(path, &st), 0);
	return (struct event_mmap){.addr = 0x10000000,
				   .len = ((uint64_t)st.st_size + 4095) / 4096 * 4096,
				   .major = major(st.st_dev),
				   .minor = minor(st.st_dev),
				   .inode = st.st_ino,
				   .path = path,
				   .is_exec = true};
}

static void *load_main(void *data)
{
	struct load *l = data;
	const struct text_write_options folded = {0};
	struct load_options options = load_options_default();
	struct error err;

	options.completes = true;
	options.slices = 10;
	input_data_init(&l->data);
	l->result = load_recording(&l->data, l->path, &options, &err);
	l->folded = out_memory();
	folded_write(l->folded, &l->data.profile, &folded);
	return NULL;
}

static void load_release(struct load *l)
{
	input_data_release(&l->data);
	out_free(&l->folded);
}

static void two_loads_at_once(void **state)
{
	char dir[64], data_path[512], program_path[512];
	const struct event_mmap program = this_program(program_path);
	scoped(out_free) struct out *out = small_recording(&program);
	struct load loads[LOADS] = {0};

	(void)state;
	temp_path(data_path, temp_dir_make(dir), "small.data");
	file_write(data_path, out_data(out), (size_t)out_pos(out));
	for (size_t i = 0; i < LOADS; i++) {
		loads[i].path = data_path;
		assert_int_equal(
			pthread_create(&loads[i].thread, NULL, load_main, &loads[i]), 0);
	}
	for (size_t i = 0; i < LOADS; i++)
		pthread_join(loads[i].thread, NULL);
	for (size_t i = 0; i < LOADS; i++) {
		assert_int_equal(loads[i].result, 0);
		assert_false(loads[i].data.is_damaged);
		assert_int_equal(loads[i].data.run_info.samples, SMALL_SAMPLES);
		assert_true(out_pos(loads[i].folded) > 0);
		assert_int_equal(out_pos(loads[i].folded), out_pos(loads[0].folded));
		assert_memory_equal(out_data(loads[i].folded), out_data(loads[0].folded),
				    out_pos(loads[0].folded));
	}
	for (size_t i = 0; i < LOADS; i++)
		load_release(&loads[i]);
	temp_dir_remove(dir);
}

/* Replaces one mark in all chains. */
static void mark_replace(char *bytes, size_t n, uint64_t from, uint64_t to)
{
	size_t found = 0;

	for (size_t i = 0; i + 8 <= n; i++)
		if (memcmp(bytes + i, &from, 8) == 0) {
			memcpy(bytes + i, &to, 8);
			found++;
		}
	assert_int_equal(found, SMALL_SAMPLES);
}

/* The addresses of a guest mean nothing on its host, where the same ones are mapped. */
static void guests_have_no_names_of_the_host(void **state)
{
	static const struct {
		uint64_t mark;
		const char *text;
	} cases[] = {
		{CALLCHAIN_GUEST, "program;[unknown guest] 2000\n"},
		{CALLCHAIN_GUEST_USER, "program;[unknown guest] 2000\n"},
		{CALLCHAIN_GUEST_KERNEL, "program;[unknown guest kernel] 2000\n"},
	};
	char dir[64], data_path[512], program_path[512];
	const struct event_mmap program = this_program(program_path);

	(void)state;
	temp_path(data_path, temp_dir_make(dir), "small.data");
	for (size_t i = 0; i < array_size(cases); i++) {
		scoped(out_free) struct out *out = small_recording(&program);
		struct load load = {.path = data_path};
		size_t n = (size_t)out_pos(out);
		char *bytes = mem_str(out_data(out), n);

		mark_replace(bytes, n, CALLCHAIN_USER, cases[i].mark);
		file_write(data_path, bytes, n);
		mem_free(bytes);
		load_main(&load);
		assert_int_equal(load.result, 0);
		out_write(load.folded, "", 1);
		assert_non_null(strstr(out_data(load.folded), cases[i].text));
		load_release(&load);
	}
	temp_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_loads_at_once),
		cmocka_unit_test(guests_have_no_names_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
