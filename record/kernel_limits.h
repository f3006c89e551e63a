/* Limits that this kernel sets for this process: the sysctls of perf events, memory, open
 * files. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The number in /proc/sys/kernel/'name'; 'unknown' if it cannot be read. */
int64_t kernel_limit(const char *name, int64_t unknown);

size_t kernel_page_size(void);

/* Bytes of memory of this machine. */
uint64_t kernel_memory(void);

/* The number of online CPUs. */
uint64_t kernel_cpus(void);

/* Raises this process's limit of open files as far as allowed; returns the new limit. */
uint64_t kernel_allow_files(void);
