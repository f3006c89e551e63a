/* Call frame information: the entries of .eh_frame (Linux Standard Base Core, "Exception Frames")
 * or .debug_frame (DWARF 5, 6.4.1), each of which says how the frames of a range of code are left. */
#pragma once

#include "base/bytes.h"
#include "unwind/cfi_program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What descriptions of frames (FDEs) have in common (CIE). */
struct cfi_common {
	size_t at; /* in the section */
	bool is_known;
	uint8_t encoding; /* of addresses: DW_EH_PE_* */
	bool has_size;	  /* bytes whose number is told stand before the instructions */
	struct cfi_context context;
};

struct cfi {
	struct bytes section;
	uint64_t vaddr; /* of the section */
	bool is_eh;	/* .eh_frame, else .debug_frame */
	size_t at;	/* of the next entry */
	uint64_t steps; /* see struct cfi_context */
	uint16_t machine;
	struct cfi_expressions *expressions;
	struct cfi_common common; /* that was used last */
};

/* A description of frames. */
struct cfi_frame {
	size_t at;			   /* in the section, for cfi_at() */
	uint64_t start, end;		   /* vaddr; start < end */
	struct bytes in;		   /* its instructions */
	const struct cfi_context *context; /* valid until the next call */
};

/* A reader over a section's bytes, for a machine (EM_X86_64 or EM_AARCH64). 'c' must not move
 * afterwards; 'expressions' is somebody else's, as are the bytes. */
void cfi_init(struct cfi *c, struct bytes section, uint64_t vaddr, bool is_eh,
	      uint16_t machine, struct cfi_expressions *expressions);

/* The next description that can be understood; false at the end. */
bool cfi_next(struct cfi *c, struct cfi_frame *frame);

/* The description at one place, which cfi_next() told of. */
bool cfi_at(struct cfi *c, size_t at, struct cfi_frame *frame);
