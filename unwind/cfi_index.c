#include "unwind/cfi_index.h"

#include <assert.h>

/* DW_EH_PE_*, see cfi.c. */
enum {
	OFFSET_FORM = 0x1b, /* of .eh_frame's address: signed, relative to itself */
	COUNT_FORM = 0x03,  /* of the number of entries: 32 bits */
	TABLE_FORM = 0x3b,  /* of the entries: signed, relative to the section */
	ENTRY_SIZE = 8,
};

bool cfi_index_open(struct cfi_index *x, struct bytes section, uint64_t vaddr)
{
	uint8_t version = bytes_u8(&section), offset_form = bytes_u8(&section);
	uint8_t count_form = bytes_u8(&section), table_form = bytes_u8(&section);
	uint32_t n;

	bytes_skip(&section, 4);
	n = bytes_u32(&section);
	if (section.failed || version != 1 || offset_form != OFFSET_FORM ||
	    count_form != COUNT_FORM || table_form != TABLE_FORM || !n ||
	    n > bytes_left(&section) / ENTRY_SIZE)
		return false;
	*x = (struct cfi_index){.entries = section, .vaddr = vaddr, .n = n};
	return true;
}

void cfi_index_at(const struct cfi_index *x, size_t i, uint64_t *start, uint64_t *frame)
{
	struct bytes b = x->entries;

	assert(i < x->n);
	bytes_skip(&b, i * ENTRY_SIZE);
	*start = x->vaddr + (uint64_t)(int32_t)bytes_u32(&b);
	*frame = x->vaddr + (uint64_t)(int32_t)bytes_u32(&b);
}
