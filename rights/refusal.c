#include "rights/refusal.h"

#include "rights/shortcoming.h"

#include <linux/capability.h>

/* The greatest kernel.perf_event_paranoid with which users without CAP_PERFMON may
 * record. Debian and Ubuntu know 3 and 4, which forbid it altogether. */
enum { PARANOID_MACHINE = 0, PARANOID_USER_SPACE = 2 };

#define CONTAINER_HELP "start the container with '--cap-add=PERFMON'"

static const char *target_name(const struct refused_target *t)
{
	return t->whole_machine ? "the whole machine" : "these processes";
}

static int64_t paranoid_wanted(const struct refused_target *t)
{
	return t->whole_machine ? PARANOID_MACHINE : PARANOID_USER_SPACE;
}

static int by_filter(const struct rights *r, const struct refused_target *t,
		     struct error *err)
{
	if (rights_have_perfmon(r))
		return error_set(
			err,
			"no permission to record %s: a seccomp filter refuses "
			"perf_event_open, although CAP_PERFMON is there; start a "
			"container with '--security-opt seccomp=unconfined', a service "
			"with 'SystemCallFilter=perf_event_open'",
			target_name(t));
	return error_set(err,
			 "no permission to record %s: a seccomp filter (container) "
			 "refuses perf_event_open, and CAP_PERFMON is missing; start the "
			 "container with '--cap-add=PERFMON --security-opt "
			 "seccomp=unconfined'",
			 target_name(t));
}

/* The rights of an administrator are there. */
static int by_module(const struct rights *r, const struct refused_target *t,
		     struct error *err)
{
	if (r->paranoid > PARANOID_USER_SPACE && !rights_have(r, CAP_SYS_ADMIN))
		return error_set(
			err,
			"no permission to record %s: kernel.perf_event_paranoid is "
			"%lld, with which this kernel requires CAP_SYS_ADMIN, not only "
			"CAP_PERFMON; 'sudo sysctl kernel.perf_event_paranoid=%d' "
			"changes that",
			target_name(t), (long long)r->paranoid, PARANOID_USER_SPACE);
	return error_set(err,
			 "no permission to record %s: a security module of the kernel "
			 "refuses perf_event_open; 'cat /sys/kernel/security/lsm' lists "
			 "them, 'dmesg' or the audit log may have the cause",
			 target_name(t));
}

static int by_paranoid(const struct rights *r, const struct refused_target *t,
		       struct error *err)
{
	long long now = r->paranoid, wanted = paranoid_wanted(t);
	const char *name = target_name(t);

	if (r->in_user_namespace)
		return error_set(err,
				 "no permission to record %s: kernel.perf_event_paranoid "
				 "is %lld, and capabilities of a user namespace (rootless "
				 "container) do not count; on the host, use 'sudo flame "
				 "record ...' or 'sudo sysctl "
				 "kernel.perf_event_paranoid=%lld'",
				 name, now, wanted);
	if (r->is_root)
		return error_set(err,
				 "no permission to record %s: kernel.perf_event_paranoid "
				 "is %lld, and this root lacks CAP_PERFMON (container); "
				 CONTAINER_HELP,
				 name, now);
	if (!(r->obtainable >> CAP_SYS_ADMIN & 1) && !(r->obtainable >> CAP_PERFMON & 1))
		return error_set(err,
				 "no permission to record %s: kernel.perf_event_paranoid "
				 "is %lld, CAP_PERFMON is missing, and sudo cannot give "
				 "it here (container, or no_new_privs); " CONTAINER_HELP,
				 name, now);
	if (!r->may_set_sysctls)
		return error_set(err,
				 "no permission to record %s: kernel.perf_event_paranoid "
				 "is %lld and CAP_PERFMON is missing; try 'sudo flame "
				 "record ...' (/proc/sys cannot be changed here)",
				 name, now);
	return error_set(err,
			 "no permission to record %s: kernel.perf_event_paranoid is %lld "
			 "and CAP_PERFMON is missing; try 'sudo flame record ...' or "
			 "'sudo sysctl kernel.perf_event_paranoid=%lld'",
			 name, now, wanted);
}

static int by_owner(const struct rights *r, const struct refused_target *t,
		    struct error *err)
{
	const char *help = r->in_user_namespace ? "use 'sudo flame record ...' on the host"
			   : r->is_root ? CONTAINER_HELP
					: "try 'sudo flame record ...'";
	uint32_t user, pid = process_of_other_user(r, t->pids, t->n_pids, &user);

	if (!pid)
		return error_set(err,
				 "no permission to record these processes: one of them has "
				 "privileges that this user lacks, and CAP_PERFMON is "
				 "missing; %s",
				 help);
	return error_set(err,
			 "no permission to record process %u: it belongs to user %u, or "
			 "has its privileges, and CAP_PERFMON is missing; %s",
			 pid, user, help);
}

int refusal_of_events(const struct rights *r, const struct refused_target *t,
		      struct error *err)
{
	if (!r->has_perf_events)
		return error_set(err, "this kernel has no perf events "
				      "(CONFIG_PERF_EVENTS)");
	if (t->by_filter)
		return by_filter(r, t, err);
	if (rights_have_perfmon(r))
		return by_module(r, t, err);
	if (r->paranoid > paranoid_wanted(t))
		return by_paranoid(r, t, err);
	return t->whole_machine ? by_module(r, t, err) : by_owner(r, t, err);
}

int refusal_of_rings(const struct rights *r, struct error *err)
{
	return error_set(err,
			 "no permission to lock memory for the kernel's records: "
			 "kernel.perf_event_mlock_kb is %lld, and CAP_IPC_LOCK is "
			 "missing; end other recordings of this user, or try 'sudo flame "
			 "record ...' or 'sudo sysctl kernel.perf_event_mlock_kb=516'",
			 (long long)r->mlock_kb);
}
