/* What this kernel allows this process: the sysctls of perf events, memory, open files. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number in /proc/sys/kernel/'name', or 'unknown'. */
int64_t kernel_limit(const char *name, int64_t unknown);

size_t kernel_page_size(void);

/* Bytes of memory of this machine, and its CPUs that are online. */
uint64_t kernel_memory(void);
uint64_t kernel_cpus(void);

/* Lets this process open as many files as it may, and says how many that is. */
uint64_t kernel_allow_files(void);

/* Recording was refused, even that of user space alone: -1 with the line that names the sysctl, the capability and a command
 * that allows it. */
int kernel_refusal(bool whole_machine, struct error *err);
