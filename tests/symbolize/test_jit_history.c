/* The memory of a keeper after long histories. */
#include "symbolize/jit_keeper.h"

#include "tests/test.h"

#include <malloc.h>

enum { TIMES = 100000, SETTLED = 40000, MORE_MOST = 8 << 20 };

static void saw(struct jit_keeper *k, enum event_kind kind, uint32_t pid, uint64_t time)
{
	jit_keeper_saw(k, &(struct event){.kind = kind,
					  .pid = pid,
					  .tid = pid,
					  .time = time,
					  .fork = {.parent_pid = 7, .parent_tid = 7}});
}

static size_t bytes_used(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static struct event code_at(uint64_t time)
{
	return (struct event){.kind = EVENT_MMAP,
			      .pid = 7,
			      .tid = 7,
			      .time = time,
			      .mmap = {.addr = 0x1000,
				       .len = 0x1000,
				       .path = "//anon",
				       .is_exec = true}};
}

static void saw_exec(struct jit_keeper *k, uint32_t pid, uint64_t time)
{
	jit_keeper_saw(k, &(struct event){.kind = EVENT_COMM,
					  .pid = pid,
					  .tid = pid,
					  .time = time,
					  .comm = {.comm = "again", .is_exec = true}});
}

/* Programs that have ended without a file about their code are forgotten. */
static void a_program_that_executes_itself(void **state)
{
	struct jit_keeper *k = jit_keeper_new(false, NULL);
	uint64_t time = 0;
	size_t settled = 0;

	(void)state;
	for (int i = 0; i < TIMES; i++) {
		struct event code = code_at(++time);

		jit_keeper_saw(k, &code);
		saw_exec(k, 7, ++time);
		if (i == SETTLED)
			settled = bytes_used();
	}
	assert_in_range(bytes_used(), 0, settled + MORE_MOST);
	assert_true(jit_keeper_find(k, 7, time) != JIT_NONE);
	jit_keeper_free(&k);
}

/* A process that was forked from a program with code has that code. The latest ones are
 * known even after their end. */
static void many_forks_of_a_program_with_code(void **state)
{
	struct jit_keeper *k = jit_keeper_new(false, NULL);
	struct event code = code_at(1);
	uint64_t time = 1;
	size_t settled = 0;
	jit_image last;

	(void)state;
	jit_keeper_saw(k, &code);
	for (uint32_t pid = 100; pid < 100 + TIMES; pid++) {
		saw(k, EVENT_FORK, pid, time += 1000000);
		saw_exec(k, pid, ++time);
		saw(k, EVENT_EXIT, pid, ++time);
		if (pid == 100 + SETTLED)
			settled = bytes_used();
	}
	assert_in_range(bytes_used(), 0, settled + MORE_MOST);
	last = jit_keeper_find(k, 100 + TIMES - 1000, time);
	assert_true(last != JIT_NONE);
	last = jit_keeper_find(k, 100 + TIMES - 5000, time);
	assert_true(last != JIT_NONE);
	assert_int_equal(jit_keeper_parent(k, last), jit_keeper_find(k, 7, time));
	assert_int_equal(jit_keeper_find(k, 100, time), JIT_NONE);
	jit_keeper_free(&k);
}

/* A program that lives on is found, however many others came and went. */
static void the_living_are_remembered(void **state)
{
	struct jit_keeper *k = jit_keeper_new(false, NULL);
	struct event code = code_at(1);
	uint64_t time = 1;

	(void)state;
	jit_keeper_saw(k, &code);
	for (uint32_t pid = 100; pid < 5000; pid++) {
		code.pid = code.tid = pid;
		code.time = ++time;
		jit_keeper_saw(k, &code);
		saw_exec(k, pid, ++time);
		saw_exec(k, pid, ++time);
	}
	assert_int_not_equal(jit_keeper_find(k, 7, time), JIT_NONE);
	assert_int_equal(jit_keeper_parent(k, jit_keeper_find(k, 7, time)), JIT_NONE);
	jit_keeper_free(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_executes_itself),
		cmocka_unit_test(many_forks_of_a_program_with_code),
		cmocka_unit_test(the_living_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
