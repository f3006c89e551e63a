#include "base/hashmap.h"
#include "base/scoped.h"
#include "symbolize/jit_names.h"
#include "tests/elf/witness.h"
#include "tests/test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PID = 500, CHILD = 501, OTHER = 502 };

#define CODE ((uint64_t)0x7f0000001000)

/* A jitdump of functions of one size and with short names. */
struct header {
	uint32_t magic, version, size, machine, zero, pid;
	uint64_t time, flags;
};

struct load {
	uint32_t id, size;
	uint64_t time;
	uint32_t pid, tid;
	uint64_t vma, addr, bytes, index;
	char name[8];
};

struct world {
	char dir[64], dump[512];
	struct strtab dso_strings, frame_strings;
	struct dso_table dsos;
	struct frame_table frames;
	struct process_table processes;
	struct jit_keeper *keeper;
};

static struct load load_of(uint64_t time, uint64_t addr, const char *name)
{
	struct load l = {.size = sizeof(l), .time = time, .addr = addr, .bytes = 0x100};

	snprintf(l.name, sizeof(l.name), "%s", name);
	return l;
}

/* At one address 'first' up to time 100, then 'second'. */
static void write_dump(const char *path)
{
	const struct {
		struct header header;
		struct load loads[3];
	} dump = {{.magic = 0x4a695444, .version = 1, .size = sizeof(struct header)},
		  {load_of(20, CODE, "first"), load_of(30, CODE + 0x100, "_Z1fv"),
		   load_of(100, CODE, "second")}};

	file_write(path, &dump, sizeof(dump));
}

static void start(struct world *w)
{
	strtab_init(&w->dso_strings);
	strtab_init(&w->frame_strings);
	/* So that a number of one table means something else in the other. */
	strtab_add(&w->dso_strings, "only here");
	dso_table_init(&w->dsos, &w->dso_strings);
	frame_table_init(&w->frames, &w->frame_strings);
	process_table_init(&w->processes, &w->dso_strings, &w->dsos);
	w->keeper = jit_keeper_new(false, NULL);
}

static void end(struct world *w)
{
	jit_keeper_free(&w->keeper);
	process_table_release(&w->processes);
	dso_table_release(&w->dsos);
	frame_table_release(&w->frames);
	strtab_release(&w->dso_strings);
	strtab_release(&w->frame_strings);
}

static int set_up(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));

	temp_dir_make(w->dir);
	write_dump(temp_path(w->dump, w->dir, "jit-1.dump"));
	start(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	end(w);
	temp_dir_remove(w->dir);
	mem_free(w);
	return 0;
}

static void tell(struct world *w, struct event ev)
{
	process_apply(&w->processes, &ev);
	jit_keeper_saw(w->keeper, &ev);
}

static void tell_mapping(struct world *w, uint32_t pid, uint64_t time, uint64_t addr,
			 const char *path)
{
	struct event ev = {.kind = EVENT_MMAP, .pid = pid, .tid = pid, .time = time};
	struct stat st = {0};

	ev.mmap = (struct event_mmap){
		.addr = addr, .len = 0x1000, .path = path, .is_exec = true};
	if (stat(path, &st) == 0) {
		ev.mmap.major = major(st.st_dev);
		ev.mmap.minor = minor(st.st_dev);
		ev.mmap.inode = st.st_ino;
	}
	tell(w, ev);
}

static void tell_fork(struct world *w, uint32_t pid, uint32_t parent, uint64_t time)
{
	tell(w, (struct event){.kind = EVENT_FORK,
			       .pid = pid,
			       .tid = pid,
			       .time = time,
			       .fork = {parent, parent, false}});
}

/* A program with a jitdump, its fork, and one that has nothing to do with it. */
static void tell_all(struct world *w)
{
	tell_mapping(w, PID, 10, CODE, "//anon");
	tell_mapping(w, PID, 11, CODE + 0x10000, w->dump);
	tell_mapping(w, PID, 12, CODE + 0x20000, "/usr/bin/x");
	tell_mapping(w, OTHER, 13, CODE, "//anon");
	tell_fork(w, CHILD, PID, 50);
}

static struct jit_names *names_of(struct world *w, bool has_times)
{
	return jit_names_new(w->keeper, &w->processes, &w->dsos, &w->frames, has_times);
}

/* The name of an address in a process at a time, "" for none. */
static const char *look_up(struct world *w, struct jit_names *j, uint32_t pid,
			   uint64_t addr, bool is_return, uint64_t time)
{
	space_id space = process_space(&w->processes, pid, time);
	const struct mapping *m = space_find(&w->processes.spaces, space, addr, time);
	frame_id id;

	if (!jit_names_look_up(j, space, m, addr, is_return, time, &id))
		return "";
	assert_int_equal(frame_at(&w->frames, id)->kind, FRAME_JIT);
	return frame_name(&w->frames, id);
}

static void expect_all(struct world *w, struct jit_names *j)
{
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 99), "first");
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 100), "second");
	assert_string_equal(look_up(w, j, PID, CODE + 0x100, true, 150), "second");
	assert_string_equal(look_up(w, j, PID, CODE + 0x100, false, 150), "f");
	assert_string_equal(look_up(w, j, PID, CODE + 0x200, false, 150), "");
	assert_string_equal(look_up(w, j, PID, CODE + 0x10000, false, 150), "");
	assert_string_equal(look_up(w, j, PID, CODE + 0x20000, false, 150), "");
	/* The fork's memory is a copy of its parent's. */
	assert_string_equal(look_up(w, j, CHILD, CODE + 5, false, 99), "first");
	assert_string_equal(look_up(w, j, OTHER, CODE + 5, false, 99), "");
}

/* A map is not the only source if there is a jitdump, or if there is no map at all. */
static void test_only_map(void **state)
{
	struct world *w = *state;
	scoped(jit_names_free) struct jit_names *j = NULL;
	struct jit_map map;

	tell_all(w);
	j = names_of(w, true);
	for (uint32_t pid = PID; pid <= OTHER; pid++)
		assert_false(jit_names_only_map(j, process_space(&w->processes, pid, 99),
						&map));
}

static uint32_t epoch(const struct world *w, uint32_t pid, uint64_t time)
{
	return process_view(&w->processes, pid, pid, time).epoch;
}

/* Only where and when another function took the place of one. */
static void test_changes(void **state)
{
	struct world *w = *state;
	scoped(jit_names_free) struct jit_names *j = NULL;

	tell_all(w);
	j = names_of(w, true);
	jit_names_mark_changes(j, &w->processes.spaces);
	for (uint32_t pid = PID; pid <= CHILD; pid++) {
		assert_int_equal(epoch(w, pid, 60), epoch(w, pid, 99));
		assert_true(epoch(w, pid, 99) < epoch(w, pid, 100));
		assert_int_equal(epoch(w, pid, 100), epoch(w, pid, 1000));
	}
	assert_int_equal(epoch(w, OTHER, 99), epoch(w, OTHER, 100));
}

static void test_dump(void **state)
{
	struct world *w = *state;
	scoped(jit_names_free) struct jit_names *j = NULL;

	tell_all(w);
	j = names_of(w, true);
	expect_all(w, j);
}

static void test_other_clock(void **state)
{
	struct world *w = *state;
	scoped(jit_names_free) struct jit_names *j = NULL;

	tell_all(w);
	j = names_of(w, false);
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 20), "second");
}

/* The functions stored in the dsos give the same frames without the files. */
static void test_from_a_recording(void **state)
{
	struct world *w = *state, before;
	struct jit_names *j;
	const struct dso_made *made;

	tell_all(w);
	j = names_of(w, true);
	expect_all(w, j);
	jit_names_store(j);
	jit_names_free(&j);
	before = *w;
	unlink(w->dump);
	start(w);
	vec_each(made, &before.dsos.made)
		vec_push(&w->dsos.made, *made);
	before.dsos.made.n = 0;
	end(&before);
	tell_all(w);
	j = names_of(w, true);
	expect_all(w, j);
	/* Nothing is handed over twice. */
	assert_int_equal(w->dsos.made.n, 2);
	jit_names_store(j);
	assert_int_equal(w->dsos.made.n, 2);
	jit_names_free(&j);
}

/* The recorder found nothing: that does not change later. */
static void test_looked_for_in_vain(void **state)
{
	struct world *w = *state;
	scoped(jit_names_free) struct jit_names *j = NULL;
	const struct mapping *m;
	space_id space;

	tell_all(w);
	space = process_space(&w->processes, PID, 99);
	m = space_find(&w->processes.spaces, space, CODE, 99);
	dso_at(&w->dsos, m->dso)->resolved = true;
	j = names_of(w, true);
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 99), "");
}

/* After an exec nothing of it is left, and the pid is another program's. */
static void test_exec(void **state)
{
	struct world *w = *state;
	scoped(jit_names_free) struct jit_names *j = NULL;

	tell_all(w);
	tell(w, (struct event){.kind = EVENT_COMM,
			       .pid = PID,
			       .tid = PID,
			       .time = 200,
			       .comm = {"x", true}});
	tell_mapping(w, PID, 210, CODE, "//anon");
	j = names_of(w, true);
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 199), "second");
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 220), "");
	assert_string_equal(look_up(w, j, CHILD, CODE + 5, false, 220), "second");
}

/* Files that need more memory than there is have no names, and are counted. */
static void test_memory(void **state)
{
	struct world *w = *state;
	struct budget memory = {.all = 1000};
	struct jit_names *j;

	tell_all(w);
	j = names_of(w, true);
	jit_names_limit(j, &memory, NULL);
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 99), "");
	assert_int_equal(jit_names_skipped(j), 1);
	jit_names_free(&j);
	memory.all = 1 << 20;
	j = names_of(w, true);
	jit_names_limit(j, &memory, NULL);
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 99), "first");
	assert_int_equal(jit_names_skipped(j), 0);
	assert_true(memory.used > 0);
	jit_names_free(&j);
	assert_int_equal(memory.used, 0);
}

/* The process before this one has died of the file. */
static void test_forbidden(void **state)
{
	struct world *w = *state;
	struct file_marks *marks = file_marks_new();
	scoped(jit_names_free) struct jit_names *j = NULL;
	struct file_mark seen[FILE_MARKS_MAX];

	tell_all(w);
	j = names_of(w, true);
	jit_names_limit(j, NULL, marks);
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 99), "first");
	assert_int_equal(file_marks_copy(marks, seen), 0);
	jit_names_free(&j);
	/* All keys of JIT code are those of images, the first of which has the dump. */
	assert_true(file_marks_forbid(marks, hash_bytes("JIT code", 8, 0) | 1));
	j = names_of(w, true);
	jit_names_limit(j, NULL, marks);
	assert_string_equal(look_up(w, j, PID, CODE + 5, false, 99),
			    "[unreadable perf-500.map]");
	assert_string_equal(look_up(w, j, CHILD, CODE + 5, false, 99),
			    "[unreadable perf-500.map]");
	assert_string_equal(look_up(w, j, OTHER, CODE + 5, false, 99), "");
	jit_names_free(&j);
	file_marks_free(&marks);
}

static void *truncate_often(void *path)
{
	for (int i = 0; i < 20000; i++) {
		write_dump(path);
		assert_int_equal(truncate(path, (i * 7) % 200), 0);
	}
	return NULL;
}

/* No signal, and no function that was never written. */
static void test_truncated_while_read(void **state)
{
	struct world *w = *state;
	pthread_t writer;

	tell_all(w);
	assert_int_equal(pthread_create(&writer, NULL, truncate_often, w->dump), 0);
	for (int i = 0; i < 2000; i++) {
		scoped(jit_names_free) struct jit_names *j = names_of(w, true);
		const char *name = look_up(w, j, PID, CODE + 5, false, 99);

		assert_true(!*name || strcmp(name, "first") == 0);
	}
	pthread_join(writer, NULL);
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(test_dump),
		in_world(test_memory),
		in_world(test_forbidden),
		in_world(test_truncated_while_read),
		in_world(test_only_map),
		in_world(test_changes),
		in_world(test_other_clock),
		in_world(test_from_a_recording),
		in_world(test_looked_for_in_vain),
		in_world(test_exec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
