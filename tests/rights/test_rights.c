/* The rights of a process as /proc shows them. */
#include "rights/rights.h"

#include "base/scoped.h"
#include "tests/files.h"
#include "tests/test.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALL "000001ffffffffff"

struct made_proc {
	const char *effective, *bounding;
	int seccomp, no_new_privs;
	const char *user_namespace, *paranoid, *kptr;
};

static void text_write(const char *name, const char *text)
{
	file_write(name, text, strlen(text));
}

/* In the working directory. */
static struct rights rights_of(const struct made_proc *made)
{
	char status[400];

	mkdir("proc", 0755);
	mkdir("proc/self", 0755);
	mkdir("proc/self/ns", 0755);
	mkdir("proc/sys", 0755);
	mkdir("proc/sys/kernel", 0755);
	snprintf(status, sizeof(status),
		 "Name:\tflame\nCapInh:\t0\nCapPrm:\t%s\nCapEff:\t%s\nCapBnd:\t%s\n"
		 "CapAmb:\t0\nNoNewPrivs:\t%d\nSeccomp:\t%d\nSeccomp_filters:\t1\n",
		 made->effective, made->effective, made->bounding, made->no_new_privs,
		 made->seccomp);
	text_write("proc/self/status", status);
	unlink("proc/self/ns/user");
	assert_int_equal(
		symlink(made->user_namespace ? made->user_namespace : "user:[4026531837]",
			"proc/self/ns/user"),
		0);
	text_write("proc/sys/kernel/perf_event_paranoid", made->paranoid);
	text_write("proc/sys/kernel/kptr_restrict", made->kptr);
	text_write("proc/sys/kernel/perf_event_mlock_kb", "516\n");
	return rights_read(".");
}

static void capabilities_are_those_of_the_machine(void **state)
{
	struct made_proc made = {.effective = ALL,
				 .bounding = ALL,
				 .seccomp = 2,
				 .paranoid = "4\n",
				 .kptr = "1\n"};
	struct rights r = rights_of(&made);

	(void)state;
	assert_true(rights_have_perfmon(&r) && rights_have(&r, CAP_SYS_PTRACE));
	assert_true(r.has_filter && r.has_perf_events && !r.in_user_namespace);
	assert_int_equal(r.paranoid, 4);
	assert_int_equal(r.kptr_restrict, 1);
	assert_int_equal(r.mlock_kb, 516);

	/* Root of a user namespace has them all, and they do not count. */
	made.user_namespace = "user:[4026532211]";
	r = rights_of(&made);
	assert_true(r.in_user_namespace && !rights_have_perfmon(&r));
	assert_int_equal(r.obtainable, 0);
}

static void sudo_gives_what_the_bounding_set_has(void **state)
{
	struct made_proc made = {.effective = "0000000000000000",
				 .bounding = "0000004000000000",
				 .paranoid = "-1\n",
				 .kptr = "0\n"};
	struct rights r = rights_of(&made);

	(void)state;
	assert_int_equal(r.obtainable, (uint64_t)1 << CAP_PERFMON);
	assert_int_equal(r.paranoid, -1);
	assert_false(r.has_filter);
	made.no_new_privs = 1;
	r = rights_of(&made);
	assert_int_equal(r.obtainable, 0);
}

/* The kernel shows addresses by these rules in 6.1, 6.12 and 7.3. */
static void the_kernels_addresses_are_hidden(void **state)
{
	static const struct {
		bool syslog, in_namespace;
		const char *paranoid, *kptr;
		enum hidden_kernel expected;
	} cases[] = {
		{true, false, "4", "0", KERNEL_SHOWN},
		{true, false, "4", "1", KERNEL_SHOWN},
		{true, false, "-1", "2", KERNEL_HIDDEN_FROM_ALL},
		{false, false, "1", "0", KERNEL_SHOWN},
		{false, false, "2", "0", KERNEL_HIDDEN_BY_PARANOID},
		{false, false, "1", "1", KERNEL_HIDDEN_BY_KPTR},
		{true, true, "1", "0", KERNEL_SHOWN},
		{true, true, "2", "0", KERNEL_HIDDEN_FROM_NAMESPACE},
	};

	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < array_size(cases); i++) {
		struct made_proc made = {
			.effective = cases[i].syslog ? "0000000400000000" : "0",
			.bounding = ALL,
			.user_namespace =
				cases[i].in_namespace ? "user:[4026532211]" : NULL,
			.paranoid = cases[i].paranoid,
			.kptr = cases[i].kptr};
		struct rights r = rights_of(&made);

		assert_int_equal(rights_hidden_kernel(&r), cases[i].expected);
	}
}

static void a_kernel_may_lack_perf_events(void **state)
{
	struct made_proc made = {
		.effective = ALL, .bounding = ALL, .paranoid = "2", .kptr = "0"};
	struct rights r;

	(void)state;
	rights_of(&made);
	unlink("proc/sys/kernel/perf_event_paranoid");
	text_write("proc/sys/kernel/osrelease", "6.1.0\n");
	r = rights_read(".");
	assert_false(r.has_perf_events);
	/* Without /proc/sys nothing is known. */
	unlink("proc/sys/kernel/osrelease");
	r = rights_read(".");
	assert_true(r.has_perf_events);
}

int main(void)
{
#define IN_FOLDER(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, temp_dir_enter, temp_dir_leave)
	const struct CMUnitTest tests[] = {
		IN_FOLDER(capabilities_are_those_of_the_machine),
		IN_FOLDER(sudo_gives_what_the_bounding_set_has),
		IN_FOLDER(the_kernels_addresses_are_hidden),
		IN_FOLDER(a_kernel_may_lack_perf_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
