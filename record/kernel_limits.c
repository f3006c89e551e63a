#include "record/kernel_limits.h"

#include "record/proc_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

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
