#include "record/kernel_limits.h"

#include "record/proc_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The greatest kernel.perf_event_paranoid with which users without CAP_PERFMON may
 * record. */
enum { PARANOID_MACHINE = 0, PARANOID_USER_SPACE = 2 };

int64_t kernel_limit(const char *name, int64_t unknown)
{
	char path[128], text[32], *end;
	long long n;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	if (!proc_read(path, text, sizeof(text)))
		return unknown;
	n = strtoll(text, &end, 10);
	return end == text ? unknown : n;
}

size_t kernel_page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

uint64_t kernel_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES);

	return pages > 0 ? (uint64_t)pages * kernel_page_size() : 0;
}

uint64_t kernel_cpus(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus > 0 ? (uint64_t)cpus : 1;
}

uint64_t kernel_allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_max;
}

/* Whether this process has CAP_PERFMON or CAP_SYS_ADMIN, of its own user namespace. */
static bool has_perfmon(void)
{
	enum { SYS_ADMIN = 21, PERFMON = 38 }; /* include/uapi/linux/capability.h */
	char text[4096];
	const char *line;
	uint64_t effective;

	if (!proc_read("/proc/self/status", text, sizeof(text)))
		return false;
	line = strstr(text, "\nCapEff:");
	effective = line ? strtoull(line + strlen("\nCapEff:"), NULL, 16) : 0;
	return effective >> SYS_ADMIN & 1 || effective >> PERFMON & 1;
}

int kernel_refusal(bool whole_machine, int code, struct error *err)
{
	const char *target = whole_machine ? "the whole machine" : "these processes";
	int64_t now = kernel_limit("perf_event_paranoid", PARANOID_USER_SPACE);
	int64_t wanted = whole_machine ? PARANOID_MACHINE : PARANOID_USER_SPACE;

	/* The kernel's own check of perf_event_paranoid fails with EACCES. */
	if (has_perfmon() && (code == EPERM || now <= wanted))
		return error_set(
			err,
			"no permission to record %s: the kernel or a seccomp filter "
			"(container) forbids perf_event_open",
			target);
	if (geteuid() == 0)
		return error_set(
			err,
			"no permission to record %s: this root lacks CAP_PERFMON "
			"(container), or a seccomp filter forbids "
			"perf_event_open",
			target);
	if (now > wanted)
		return error_set(
			err,
			"no permission to record %s: kernel.perf_event_paranoid is "
			"%lld and CAP_PERFMON is missing; try 'sudo flame record ...' "
			"or 'sudo sysctl kernel.perf_event_paranoid=%lld'",
			target, (long long)now, (long long)wanted);
	return error_set(
		err,
		"no permission to record %s%s: kernel.perf_event_paranoid is %lld and "
		"CAP_PERFMON is missing; try 'sudo flame record ...'",
		target, whole_machine ? "" : ", which may belong to another user",
		(long long)now);
}
