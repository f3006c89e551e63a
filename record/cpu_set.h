/* A set of CPUs. Its text is that of the kernel in /sys: "0-3,5". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CPU_SET_MAX = 8192 }; /* CPUs; the largest number that kernels are built for */

/* All zero: empty. */
struct cpu_set {
	uint64_t words[CPU_SET_MAX / 64];
};

static inline bool cpu_set_has(const struct cpu_set *s, unsigned cpu)
{
	return cpu < CPU_SET_MAX && s->words[cpu / 64] >> cpu % 64 & 1;
}

static inline void cpu_set_add(struct cpu_set *s, unsigned cpu)
{
	if (cpu < CPU_SET_MAX)
		s->words[cpu / 64] |= 1ull << cpu % 64;
}

size_t cpu_set_count(const struct cpu_set *s);

/* Reads a list, with or without the kernel's line feed, into a zeroed set. Returns false
 * if it is damaged or empty, or names a CPU from CPU_SET_MAX on. */
bool cpu_set_read(struct cpu_set *s, const char *text);

/* Reads the CPUs that are online into a zeroed set. Without /sys they are the first
 * ones. */
void cpu_set_read_online(struct cpu_set *s);
