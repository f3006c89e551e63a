/* The user part of the callchain that the kernel recorded with the same sample. The
 * kernel follows frame pointers, also through memory that is not in the copy of the
 * stack. Frame pointer 0 is the register; frame pointer k + 1 is the word to which frame
 * pointer k points. Entry 0 of the chain is the ip; entry k + 1 is the return address:
 * the word after the one to which frame pointer k points. Sources: perf_callchain_user in
 * arch/x86/events/core.c, arch/arm64/kernel/perf_callchain.c. */
#pragma once

#include "unwind/unwind_walk.h"

/* A frame before the walk tried to leave it. */
struct frame_before {
	uint64_t fp, addr;
	size_t chain_at; /* as in struct walk */
	bool has_fp;	 /* 'fp' is known */
};

/* Leaves a frame that cannot be left in any other way: its caller is the entry of the
 * kernel's chain that the kernel read through the frame's own frame pointer. Returns
 * STEP_FAILED if the chain has no such entry. Sets *is_gap if the frame's rules keep no
 * frame pointer: then the entry belongs to a frame further up, and at least one caller is
 * missing. */
enum walk_step leave_by_chain(struct walk *w, const struct frame_before *before,
			      bool *is_gap);
