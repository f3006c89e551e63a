/* User callchains that are stored apart from their samples
 * (PERF_RECORD_CALLCHAIN_DEFERRED, kernels after 6.18): a sample has a cookie in place of
 * its user part, and one later record of the thread has the user part of all samples with
 * the cookie. Equal callchains are stored once. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hashmap.h"
#include "base/vec.h"

#include <stdint.h>

/* Words of a callchain in the recording's byte order, the first of which is a context. */
struct deferred_chain {
	const uint64_t *words;
	uint32_t n;
};

struct deferred_cookie {
	uint64_t cookie;
	uint32_t tid;
	uint32_t chain; /* index */
};

/* Zero-initialize. */
struct deferred_chains {
	struct arena words;
	VEC(struct deferred_chain) chains;
	VEC(struct deferred_cookie) cookies;
	struct hashmap by_words, by_cookie;
};

void deferred_chains_release(struct deferred_chains *d);

/* Adds the callchain of a record; 'body' holds the record's fields between its header and
 * its trailer, 'tid' is the thread, 0 if the record does not have it. Ignores a damaged
 * record and a cookie that is already there. */
void deferred_chains_add(struct deferred_chains *d, struct bytes body, uint32_t tid);

/* Returns the callchain for a cookie of a thread (0: unknown), or NULL. */
const struct deferred_chain *deferred_chains_find(const struct deferred_chains *d,
						  uint64_t cookie, uint32_t tid);
