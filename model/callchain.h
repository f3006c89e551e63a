/* Callchains: the addresses of one sample's stack, innermost first, in the kernel's
 * format. Values from CALLCHAIN_CONTEXT_MAX up are contexts: the addresses after one
 * belong to the kernel, the user and so on (enum perf_callchain_context in
 * include/uapi/linux/perf_event.h). */
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

/* Marks, which only flame writes, in chains that it unwound. Three of them end a chain
 * before its outermost frame. TRUNCATED: the copy of the stack was too short. BROKEN:
 * there are no unwind rules, or they contradict the stack. 32_BIT: the stacks of 32-bit
 * programs are not unwound. MISSING stands between two frames if others between them are
 * missing. The values ("FLAME" and a number) are no code addresses on any machine. */
#define CALLCHAIN_TRUNCATED ((uint64_t)0x464c414d45000001)
#define CALLCHAIN_BROKEN    ((uint64_t)0x464c414d45000002)
#define CALLCHAIN_MISSING   ((uint64_t)0x464c414d45000003)
#define CALLCHAIN_32_BIT    ((uint64_t)0x464c414d45000004)

/* Whether 'addr' is a mark. */
static inline bool callchain_is_mark(uint64_t addr)
{
	return addr >= CALLCHAIN_TRUNCATED && addr <= CALLCHAIN_32_BIT;
}

/* A callchain, and the number of samples that have it. */
struct callchain {
	const uint64_t *addrs;
	uint32_t n;
	/* The caller's id of the chain's root: chains with different roots are
	 * different. */
	uint32_t root;
	/* address space and space_epoch(): equal addresses have equal names */
	uint32_t space;
	uint32_t epoch;
	/* of the first sample, ns */
	uint64_t time;
	/* number of samples, and the sum of their weights */
	uint64_t count, weight;
};

/* Equal callchains, counted. Zero-initialize. */
struct callchain_table {
	struct arena addrs;
	struct hashmap by_hash;
	VEC(struct callchain) items;
	/* sum of the weights of all items */
	uint64_t weight;
	/* That sum is 2^64 or more. */
	bool has_overflow;
};

void callchain_table_release(struct callchain_table *t);

enum { CALLCHAIN_BATCH = 16 };

/* Counts 'n' chains, at most CALLCHAIN_BATCH. Adds the count and weight of each to the
 * item with the same root, space, epoch and addresses, or appends a new item, whose
 * addresses are copied. Stores the index of each chain's item in 'indexes'. A batch is
 * faster than single calls because the cache misses of all chains overlap. */
void callchain_count(struct callchain_table *t, const struct callchain *chains, size_t n,
		     uint32_t *indexes);
