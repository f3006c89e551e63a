/* Call frame information (CFI): the entries of .eh_frame (Linux Standard Base Core,
 * "Exception Frames") or .debug_frame (DWARF 5, 6.4.1). An FDE (frame description entry)
 * has the instructions from which the rules for a range of code follow; a CIE (common
 * information entry) has the part that several FDEs share. cfi_program.h executes the
 * instructions. */
#pragma once

#include "base/bytes.h"
#include "unwind/cfi_program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A CIE. */
struct cfi_common {
	size_t at; /* offset in the section */
	bool is_known;
	uint8_t encoding; /* of addresses in its FDEs: DW_EH_PE_* */
	/* Each FDE has augmentation data before its instructions, after the size of the
	 * data. */
	bool has_augmentation;
	struct cfi_context context;
};

struct cfi {
	struct bytes section;
	uint64_t vaddr; /* of the section */
	bool is_eh;	/* .eh_frame, else .debug_frame */
	size_t at;	/* offset of the next entry */
	/* Instructions that may still be executed; see struct cfi_context. */
	uint64_t steps_left;
	uint16_t machine;
	struct cfi_expressions *expressions;
	struct cfi_common common; /* the CIE that was used last */
};

/* An FDE. */
struct cfi_frame {
	size_t at;			   /* offset in the section, for cfi_at() */
	uint64_t start, end;		   /* vaddr of its code; start < end */
	struct bytes in;		   /* its instructions */
	const struct cfi_context *context; /* valid until the next call */
};

/* Prepares to read the entries of a section that is loaded at 'vaddr', of a file for
 * 'machine' (EM_X86_64 or EM_AARCH64). The caller keeps the bytes and 'expressions', and
 * must not move 'c' afterwards: contexts point into it. */
void cfi_init(struct cfi *c, struct bytes section, uint64_t vaddr, bool is_eh,
	      uint16_t machine, struct cfi_expressions *expressions);

/* Reads the next FDE. Entries that are damaged or of an unknown kind are skipped. Returns
 * false at the end. */
bool cfi_next(struct cfi *c, struct cfi_frame *frame);

/* Reads the FDE at the offset 'at', as cfi_next() or an index gave it. Returns false if
 * no valid FDE is there. */
bool cfi_at(struct cfi *c, size_t at, struct cfi_frame *frame);
