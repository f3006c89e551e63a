#include "record/machine.h"

#include "tests/test.h"

#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void knows_this_machine(void **state)
{
	struct run_info c = {0};
	struct utsname name;

	(void)state;
	uname(&name);
	run_info_of_machine(&c);
	assert_string_equal(c.hostname, name.nodename);
	assert_string_equal(c.os_release, name.release);
	assert_string_equal(c.arch, name.machine);
	assert_int_equal(c.cpus, sysconf(_SC_NPROCESSORS_ONLN));
	assert_true(c.start / 1000000000 - (uint64_t)time(NULL) + 2 <= 3);
	if (!strcmp(c.arch, "x86_64"))
		assert_true(c.cpu_model && c.cpu_model[0] && c.cpu_model[0] != ' ');
	run_info_release(&c);
}

/* Work on one CPU until this process has used that many clock ticks. */
static struct cpu_account work(const struct cpu_account *before, uint64_t ns)
{
	struct cpu_account after;

	do
		after = cpu_account_now();
	while (after.own - before->own < ns);
	return after;
}

static void accounts_for_time(void **state)
{
	const uint64_t used = 100000000,
		       tick = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	struct cpu_account before = cpu_account_now();
	struct cpu_account after = work(&before, used);
	struct run_info c = {0};
	uint64_t cpus = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);

	(void)state;
	run_info_between(&c, &before, &after, 0);
	assert_true(c.own_cpu >= used);
	assert_true(c.duration >= c.own_cpu - tick);
	/* This process is part of the machine; the machine's account has coarser
	 * ticks. */
	assert_true(c.busy + 4 * tick * cpus >= c.own_cpu);
	/* All CPUs together have no more time than there was. */
	assert_true(c.busy + c.idle <= c.duration * cpus + 8 * tick * cpus);
}

static void clocks_that_step_back_give_nothing(void **state)
{
	struct cpu_account before = {.busy = 5, .idle = 7, .own = 1, .now = 10};
	struct cpu_account after = {.busy = 9, .idle = 6, .own = 3, .now = 14};
	struct run_info c = {0};

	(void)state;
	run_info_between(&c, &before, &after, 0);
	assert_int_equal(c.busy, 4);
	assert_int_equal(c.idle, 0);
	assert_int_equal(c.own_cpu, 2);
	assert_int_equal(c.duration, 4);
}

/* The kernel's idle times are wrong: idle is the rest of the online time. */
static void cpus_that_come_and_go_have_their_online_time(void **state)
{
	struct cpu_account before = {.busy = 5, .idle = 70, .now = 10};
	struct cpu_account after = {.busy = 9, .idle = 60, .stolen = 1, .now = 20};
	struct run_info c = {.cpus = 2};

	(void)state;
	run_info_between(&c, &before, &after, 0);
	assert_int_equal(run_info_cpu_time(&c), 20);
	run_info_between(&c, &before, &after, 16);
	assert_int_equal(run_info_cpu_time(&c), 16);
	assert_int_equal(c.busy, 4);
	assert_int_equal(c.idle, 11);
	assert_int_equal(c.stolen, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_this_machine),
		cmocka_unit_test(accounts_for_time),
		cmocka_unit_test(clocks_that_step_back_give_nothing),
		cmocka_unit_test(cpus_that_come_and_go_have_their_online_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
