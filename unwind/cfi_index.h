/* The linker's index of .eh_frame, .eh_frame_hdr (Linux Standard Base Core, "The
 * .eh_frame_hdr section"): the start address of each FDE's code, in order, with the
 * address of the FDE. */
#pragma once

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cfi_index {
	struct bytes entries;
	uint64_t vaddr; /* of the section */
	size_t n;	/* number of entries */
};

/* Opens the index in the bytes of a section that is loaded at 'vaddr'. The caller keeps
 * the bytes. Returns false if the section has no index, or one of another format than
 * linkers write: pairs of 32 bits, relative to the section. */
bool cfi_index_open(struct cfi_index *x, struct bytes section, uint64_t vaddr);

/* Reads entry 'i', which must be less than x->n: the vaddr of the first instruction of
 * the code, and the vaddr of its FDE. Neither the addresses nor their order are
 * checked. */
void cfi_index_at(const struct cfi_index *x, size_t i, uint64_t *start, uint64_t *frame);
