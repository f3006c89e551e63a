/* The index of .eh_frame that linkers make for whoever throws exceptions: .eh_frame_hdr (Linux
 * Standard Base Core, "The .eh_frame_hdr section"). It says where each description of frames begins
 * to hold, in order, without a look at any of them. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cfi_index {
	struct bytes entries;
	uint64_t vaddr; /* of the section */
	size_t n;
};

/* Opens the index in the bytes of a section that is loaded at 'vaddr', which are somebody else's.
 * False where it has no table, or not of the one kind that linkers write: pairs of 32 bits, relative
 * to the section. */
bool cfi_index_open(struct cfi_index *x, struct bytes section, uint64_t vaddr);

/* Entry 'i' below 'n': the vaddr of the first instruction, and of the description. Nobody vouches
 * for either, nor for their order. */
void cfi_index_at(const struct cfi_index *x, size_t i, uint64_t *start, uint64_t *frame);
