/* Turns callchains into frames: finds the mapping of each address at the time of the
 * chain, and then a name from the source that knows this code. */
#pragma once

#include "flow/addr_cache.h"
#include "model/callchain.h"
#include "model/process.h"
#include "model/profile.h"
#include "symbolize/jit_names.h"
#include "symbolize/symbolizer.h"

#include <stdbool.h>
#include <stddef.h>

/* The pointers belong to the caller, who sets them and 'shows_addrs'. */
struct chain_frames {
	struct process_table *processes; /* of the whole recording */
	struct jit_names *jit;		 /* for code that was made at run time */
	struct symbolizer *symbolizer;	 /* for all other code */
	struct profile *profile;	 /* receives the frames */
	bool shows_addrs;		 /* "[unknown x <7f12...>]" for "[unknown x]" */

	/* private, zero-initialized */
	struct addr_cache cache;
	struct frame_list chain; /* of the last callchain */
};

void chain_frames_release(struct chain_frames *c);

/* Reads the symbol files that the chains need, several at once in several threads, those
 * with most samples first. Later results are the same without it, unless time or memory
 * for names are short. */
void chain_frames_read_ahead(struct chain_frames *c,
			     const struct callchain_table *chains);

/* Returns the frames of a chain, innermost first, and stores their number in '*n'. Valid
 * until the next call. An address without a name becomes a frame of FRAME_UNKNOWN (see
 * symbolizer.h), and so does one of flame's own marks (see callchain.h): "[truncated
 * stack]", "[broken stack]", "[missing frames]", "[32-bit stack]". */
const frame_id *chain_frames_find(struct chain_frames *c, const struct callchain *chain,
				  size_t *n);
