#include "record/kernel_limits.h"

#include "record/proc_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* The greatest kernel.perf_event_paranoid that lets a user without CAP_PERFMON record ... */
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

int kernel_refusal(bool whole_machine, struct error *err)
{
	const char *what = whole_machine ? "the whole machine" : "these processes";
	int64_t now = kernel_limit("perf_event_paranoid", PARANOID_USER_SPACE);
	int64_t wanted = whole_machine ? PARANOID_MACHINE : PARANOID_USER_SPACE;

	/* Root without the capability: in a container. */
	if (geteuid() == 0)
		return error_set(
			err,
			"no permission to record %s: this root lacks CAP_PERFMON, or a "
			"filter of system calls refuses perf_event_open(), as container "
			"runtimes set it",
			what);
	if (now > wanted)
		return error_set(
			err,
			"no permission to record %s: kernel.perf_event_paranoid is "
			"%lld and CAP_PERFMON is missing; try 'sudo flame record ...' "
			"or 'sudo sysctl kernel.perf_event_paranoid=%lld'",
			what, (long long)now, (long long)wanted);
	return error_set(
		err,
		"no permission to record %s%s: kernel.perf_event_paranoid is %lld and "
		"CAP_PERFMON is missing; try 'sudo flame record ...'",
		what, whole_machine ? "" : ", which may be another user's",
		(long long)now);
}
