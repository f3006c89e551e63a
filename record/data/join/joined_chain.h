/* The callchain of a sample with parts that are apart in the recording: the kernel's part
 * is in the sample's callchain, and the user's part is in its branch stack ('perf record
 * --call-graph lbr') or in a later record (deferred_chains.h). */
#pragma once

#include "base/vec.h"
#include "model/sample.h"
#include "record/data/join/deferred_chains.h"

#include <stdbool.h>
#include <stdint.h>

/* The last joined callchain, in the recording's byte order. Zero-initialize. */
struct joined_chain {
	VEC(uint64_t) words;
};

void joined_chain_release(struct joined_chain *j);

/* Replaces the user part of the sample's callchain by the calls in its branch stack, as
 * perf does: the entry of the innermost function, then the call instruction in each of
 * its callers. A sample without calls or without a user part stays as it is. The sample's
 * new callchain is valid until the next call. */
void joined_chain_of_branches(struct joined_chain *j, struct sample *sample,
			      bool is_swapped);

/* Replaces the cookie in the sample's callchain, if there is one, by the user part from
 * 'deferred', or by CALLCHAIN_MISSING if it is not there. Valid as above. */
void joined_chain_of_deferred(struct joined_chain *j, struct sample *sample, uint32_t tid,
			      const struct deferred_chains *deferred, bool is_swapped);
