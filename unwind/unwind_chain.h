/* The user part of the callchain that the kernel made of the same sample: it follows frame pointers
 * through memory that is not in the copy of the stack. Its entry k + 1 is the word after the one
 * that frame pointer k points to (arch/x86/events/core.c: perf_callchain_user;
 * arch/arm64/kernel/perf_callchain.c), where frame pointer 0 is the register and each next one is
 * the word at the one before. */
#pragma once

#include "unwind/unwind_walk.h"

/* What a frame had before it was left. */
struct frame_before {
	uint64_t fp, addr;
	size_t chain_at;
	bool has_fp;
};

/* Leaves a frame, which cannot be left in any other way, by the kernel's chain: at that entry of it
 * that was read through the frame's own frame pointer. STEP_FAILED where the chain has none.
 * *is_gap: the frame keeps no frame pointer of its own, as its rules have it, so that at least its
 * caller is missing. */
enum walk_step leave_by_chain(struct walk *w, const struct frame_before *before,
			      bool *is_gap);
