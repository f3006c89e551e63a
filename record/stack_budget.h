/* The sizes of stack copies and of the rings for them: arithmetic, done once when a
 * recording starts. docs/decisions/023-stack-copies-by-budget.md has the measurements. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes of a sample with a callchain of 127 addresses, without its stack copy. */
enum { SAMPLE_SIZE_MOST = 1200 };

/* The machine, and the rate of its samples. */
struct stack_budget {
	uint64_t frequency; /* samples/s of each CPU, all events together, at least 1 */
	uint64_t cpus;	    /* online, at least 1 */
	uint64_t memory;    /* bytes */
};

/* Bytes of stack to copy with each sample, a multiple of 8 and at most STACK_SIZE_MOST:
 * the largest size for which
 * - one CPU copies at most 65,528,000 bytes/s, or 16,384 bytes a sample if that is more,
 * - all CPUs together copy at most 2 GiB/s,
 * - it fits into a ring of stack_budget_ring().
 * At least STACK_SIZE_LEAST. */
uint32_t stack_budget_copy(const struct stack_budget *b);

/* Bytes of one CPU's ring, a power of two: the samples of one second with copies of
 * 'copy' bytes (0: without). Halved while the rings of all CPUs are larger than 2 GiB or
 * a 16th of the memory, but at least 512 KiB and at most 64 MiB. */
size_t stack_budget_ring(const struct stack_budget *b, uint32_t copy);

/* Bytes of samples that may wait for unwind tables of large programs: the samples of two
 * seconds with copies of 'copy' bytes, at least 128 MiB, at most a 16th of the memory. */
size_t stack_budget_waiting(const struct stack_budget *b, uint32_t copy);

/* Rings and copies for a user who may lock only a part of the memory that they need. */
struct stack_rings {
	size_t samples, side_band; /* bytes of one CPU's ring, powers of two */
	uint32_t copy;
};

enum { STACK_RINGS_HALVINGS = 12 }; /* after so many no ring gets smaller */

/* The rings for copies of 'copy' bytes (0: without). Rings of samples are halved
 * 'halvings' times; those of the side band are then at most half as large. After a
 * halving the copy may be smaller: it fits into the ring. */
struct stack_rings stack_budget_rings(const struct stack_budget *b, uint32_t copy,
				      unsigned halvings);

/* The largest copy, a multiple of 8 from STACK_SIZE_LEAST to STACK_SIZE_MOST, of which a
 * ring of 'ring' bytes holds the samples of 250 ms. In a ring too small for that, it is
 * the largest one up to 16,384 bytes of which the ring holds 32 samples. */
uint32_t stack_budget_fit(uint64_t frequency, size_t ring);
