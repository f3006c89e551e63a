/* The message names the true cause and the command that helps. */
#include "rights/refusal.h"
#include "rights/shortcoming.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#define BIT(capability) ((uint64_t)1 << (capability))
#define ROOT_CAPABILITIES                                                                \
	(BIT(CAP_PERFMON) | BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_PTRACE) |                   \
	 BIT(CAP_CHECKPOINT_RESTORE))

struct expectation {
	struct rights rights;
	bool whole_machine, by_filter;
	const char *has, *helps, *lacks; /* parts of the text */
};

static const struct expectation refusals[] = {
	/* A filter refuses, whatever the capabilities. */
	{.rights = {.capabilities = ROOT_CAPABILITIES, .is_root = true, .paranoid = 2},
	 .whole_machine = true,
	 .by_filter = true,
	 .has = "seccomp filter refuses perf_event_open, although CAP_PERFMON is there",
	 .helps = "seccomp=unconfined",
	 .lacks = "missing"},
	{.rights = {.is_root = true, .paranoid = -1},
	 .by_filter = true,
	 .has = "seccomp filter (container) refuses perf_event_open",
	 .helps = "'--cap-add=PERFMON --security-opt seccomp=unconfined'",
	 .lacks = "perf_event_paranoid"},
	/* Root of a container without the capability. */
	{.rights = {.is_root = true, .paranoid = 2},
	 .whole_machine = true,
	 .has = "this root lacks CAP_PERFMON",
	 .helps = "'--cap-add=PERFMON'",
	 .lacks = "seccomp"},
	/* Root of a user namespace. */
	{.rights = {.is_root = true, .in_user_namespace = true, .paranoid = 2},
	 .whole_machine = true,
	 .has = "user namespace",
	 .helps = "on the host",
	 .lacks = "cap-add"},
	/* Ordinary users, for whom sudo has an effect or not. */
	{.rights = {.user = 1000,
		    .obtainable = ROOT_CAPABILITIES,
		    .may_set_sysctls = true,
		    .paranoid = 4},
	 .has = "kernel.perf_event_paranoid is 4 and CAP_PERFMON is missing",
	 .helps = "kernel.perf_event_paranoid=2",
	 .lacks = "container"},
	{.rights = {.user = 1000,
		    .obtainable = ROOT_CAPABILITIES,
		    .may_set_sysctls = true,
		    .paranoid = 1},
	 .whole_machine = true,
	 .has = "kernel.perf_event_paranoid is 1 and CAP_PERFMON is missing",
	 .helps = "kernel.perf_event_paranoid=0",
	 .lacks = "container"},
	/* A read-only /proc/sys. */
	{.rights = {.user = 1000, .obtainable = ROOT_CAPABILITIES, .paranoid = 2},
	 .whole_machine = true,
	 .has = "kernel.perf_event_paranoid is 2 and CAP_PERFMON is missing",
	 .helps = "sudo flame record",
	 .lacks = "sysctl "},
	{.rights = {.user = 1000, .paranoid = 2},
	 .whole_machine = true,
	 .has = "sudo cannot give it here",
	 .helps = "'--cap-add=PERFMON'",
	 .lacks = "try 'sudo"},
	/* Debian with CAP_PERFMON alone. */
	{.rights = {.user = 1000, .capabilities = BIT(CAP_PERFMON), .paranoid = 3},
	 .whole_machine = true,
	 .has = "requires CAP_SYS_ADMIN, not only CAP_PERFMON",
	 .helps = "kernel.perf_event_paranoid=2",
	 .lacks = "missing"},
	/* Everything is there. */
	{.rights = {.capabilities = ROOT_CAPABILITIES, .is_root = true, .paranoid = 2},
	 .whole_machine = true,
	 .has = "a security module",
	 .helps = "/sys/kernel/security/lsm",
	 .lacks = "CAP_"},
	/* Own processes, and one of them is not. */
	{.rights = {.user = 1000, .obtainable = ROOT_CAPABILITIES, .paranoid = 1},
	 .has = "it belongs to user",
	 .helps = "sudo flame record",
	 .lacks = "sysctl"},
};

static void causes_are_told_apart(void **state)
{
	uint32_t self = (uint32_t)getpid();

	(void)state;
	for (size_t i = 0; i < array_size(refusals); i++) {
		const struct expectation *e = &refusals[i];
		const struct refused_target target = {.pids = &self,
						      .n_pids = !e->whole_machine,
						      .whole_machine = e->whole_machine,
						      .by_filter = e->by_filter};
		struct rights r = e->rights;
		struct error err;

		r.has_perf_events = true;
		assert_int_equal(refusal_of_events(&r, &target, &err), -1);
		if (!strstr(err.text, e->has) || !strstr(err.text, e->helps) ||
		    strstr(err.text, e->lacks))
			fail_msg("case %zu: %s", i, err.text);
	}
}

static void a_kernel_without_events_is_named(void **state)
{
	const struct rights r = {.is_root = true};
	const struct refused_target target = {.whole_machine = true};
	struct error err;

	(void)state;
	refusal_of_events(&r, &target, &err);
	assert_non_null(strstr(err.text, "CONFIG_PERF_EVENTS"));
}

static void locked_memory_is_a_cause_of_its_own(void **state)
{
	const struct rights r = {.mlock_kb = 4, .has_perf_events = true};
	struct error err;

	(void)state;
	refusal_of_rings(&r, &err);
	assert_non_null(strstr(err.text, "kernel.perf_event_mlock_kb is 4"));
	assert_null(strstr(err.text, "PERFMON"));
}

static void missing_capabilities_have_consequences(void **state)
{
	struct rights r = {.user = geteuid() + 1,
			   .capabilities = BIT(CAP_PERFMON),
			   .obtainable = ROOT_CAPABILITIES};
	uint32_t self = (uint32_t)getpid();
	char text[SHORTCOMING_MAX];

	(void)state;
	assert_true(shortcoming_text(&r, NULL, 0, true, text));
	assert_non_null(
		strstr(text, "CAP_SYS_PTRACE is missing: processes of other users"));
	assert_non_null(strstr(text, "CAP_CHECKPOINT_RESTORE is missing"));
	assert_non_null(strstr(text, "sudo"));
	/* A process of another user, and none. */
	assert_true(shortcoming_text(&r, &self, 1, false, text));
	r.user = geteuid();
	assert_false(shortcoming_text(&r, &self, 1, false, text));
	assert_false(shortcoming_text(&r, NULL, 0, false, text));
	/* One alone. */
	r.capabilities |= BIT(CAP_SYS_PTRACE);
	assert_true(shortcoming_text(&r, NULL, 0, true, text));
	assert_null(strstr(text, "CAP_SYS_PTRACE is"));
	r.capabilities |= BIT(CAP_CHECKPOINT_RESTORE);
	assert_false(shortcoming_text(&r, NULL, 0, true, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(causes_are_told_apart),
		cmocka_unit_test(a_kernel_without_events_is_named),
		cmocka_unit_test(locked_memory_is_a_cause_of_its_own),
		cmocka_unit_test(missing_capabilities_have_consequences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
