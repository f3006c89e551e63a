/* What this kernel allows this process: the sysctls of perf events, memory, open files. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number in /proc/sys/kernel/'name', or 'unknown'. */
int64_t kernel_limit(const char *name, int64_t unknown);

size_t kernel_page_size(void);

/* A ring of a power of two of bytes that holds 'bytes', between 'least' and 'most', halved
 * (down to 'least') while the rings of all CPUs would take more than the 'share'th part of
 * the memory. */
size_t kernel_ring_size(uint64_t bytes, size_t least, size_t most, unsigned share);

/* Lets this process open as many files as it may, and says how many that is. */
uint64_t kernel_allow_files(void);

/* Recording was refused, even that of user space alone: -1 with the line that names the sysctl, the capability and a command
 * that allows it. */
int kernel_refusal(bool whole_machine, struct error *err);
