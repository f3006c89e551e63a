#include "record/kernel_limits.h"

#include "record/proc_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* kernel.perf_event_paranoid from which on a user needs CAP_PERFMON to ... */
enum { PARANOID_CPU = 1, PARANOID_KERNEL = 2 };

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

size_t kernel_ring_size(uint64_t bytes, size_t least, size_t most, unsigned share)
{
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * kernel_page_size();
	uint64_t cpus = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	size_t ring = least;

	while (ring < bytes && ring < most)
		ring *= 2;
	while (ring > least && ring * cpus > memory / share)
		ring /= 2;
	return ring;
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
	int64_t now = kernel_limit("perf_event_paranoid", PARANOID_KERNEL);
	int64_t wanted = (whole_machine ? PARANOID_CPU : PARANOID_KERNEL) - 1;

	if (now > wanted)
		return error_set(err,
				 "no permission to record %s: kernel.perf_event_paranoid is "
				 "%lld and CAP_PERFMON is missing; try 'sudo flame record ...' "
				 "or 'sudo sysctl kernel.perf_event_paranoid=%lld'",
				 what, (long long)now, (long long)wanted);
	return error_set(err,
			 "no permission to record %s: CAP_PERFMON is missing, or a container "
			 "or the kernel's lockdown forbids it; try 'sudo flame record ...'",
			 what);
}
