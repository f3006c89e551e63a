/* The addresses of one sample, innermost first, as the kernel gives them: values from
 * CALLCHAIN_CONTEXT_MAX up are marks that say whose the addresses behind them are
 * (enum perf_callchain_context, include/uapi/linux/perf_event.h). */
#pragma once

#include "base/arena.h"
#include "base/hashmap.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define CALLCHAIN_CONTEXT_MAX	((uint64_t)-4095)
#define CALLCHAIN_HV		((uint64_t)-32)
#define CALLCHAIN_KERNEL	((uint64_t)-128)
#define CALLCHAIN_USER		((uint64_t)-512)
#define CALLCHAIN_USER_DEFERRED ((uint64_t)-640)
#define CALLCHAIN_GUEST		((uint64_t)-2048)
#define CALLCHAIN_GUEST_KERNEL	((uint64_t)-2176)
#define CALLCHAIN_GUEST_USER	((uint64_t)-2560)

/* Not the kernel's: flame's own marks in chains that it unwound. The first two and the last stand at
 * the end of a chain whose outermost frame was not reached: the copy of the stack was too short; the
 * rules contradict the stack, or there are none; the program is one of 32 bits, whose stack is not
 * unwound. CALLCHAIN_MISSING stands between two frames where others are missing. No code can be there
 * on any machine ("FLAME" and a number). */
#define CALLCHAIN_TRUNCATED ((uint64_t)0x464c414d45000001)
#define CALLCHAIN_BROKEN    ((uint64_t)0x464c414d45000002)
#define CALLCHAIN_MISSING   ((uint64_t)0x464c414d45000003)
#define CALLCHAIN_32_BIT    ((uint64_t)0x464c414d45000004)

static inline bool callchain_is_mark(uint64_t addr)
{
	return addr >= CALLCHAIN_TRUNCATED && addr <= CALLCHAIN_32_BIT;
}

/* Equal chains of equal meaning, counted once. */
struct callchain {
	const uint64_t *addrs;
	uint32_t n;
	uint32_t root;	/* whoever counts says what it is: a string, a row, ... */
	uint32_t space; /* the address space, and how often it had been mapped over */
	uint32_t epoch;
	uint64_t time; /* of the first of them */
	uint64_t count, weight;
};

struct callchain_table {
	struct arena addrs;
	struct hashmap by_hash;
	VEC(struct callchain) items;
};

void callchain_table_release(struct callchain_table *t);

enum { CALLCHAIN_BATCH = 16 };

/* Counts 'n' chains, at most CALLCHAIN_BATCH: each (its count and weight) into the chain with the
 * same root, space, epoch and addresses, else as a new one, whose addresses are copied. Many at
 * once are faster: memory is asked for all of them before the first answer is needed. 'which' gets
 * each one's place among the items. */
void callchain_count(struct callchain_table *t, const struct callchain *likes, size_t n,
		     uint32_t *which);
