/* A user stack from its registers and a copy of its bytes: a pure function over them, what was
 * mapped, and the tables of unwind_tables.h. No I/O, no waiting, bounded steps. */
#pragma once

#include "model/mapping.h"
#include "symbolize/unwind_regs.h"
#include "symbolize/unwind_tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unwinder;

/* All are somebody else's and have to outlive it. It remembers which rule an address has. */
struct unwinder *unwinder_new(struct space_table *spaces, const struct dso_table *dsos,
			      struct unwind_tables *tables);
void unwinder_free(struct unwinder **u);

struct unwind_sample {
	enum unwind_arch arch;
	struct unwind_regs regs;
	const void *stack; /* the bytes from the stack pointer up, unaligned */
	size_t stack_size;
	space_id space; /* where it ran, */
	uint64_t time;	/* and when */
};

enum unwind_end {
	UNWIND_ROOT, /* the outermost frame was reached: _start, a thread's start */
	/* The copy was too short, or ended with the stack of a signal handler; or the output is
	 * full. */
	UNWIND_TRUNCATED,
	UNWIND_BROKEN, /* the rules contradict the stack, or there are none */
	UNWIND_WAITS,  /* a table is being made; once it is there, unwind anew */
};

/* Fills 'addrs' as a callchain has them: the instruction itself, then return addresses, innermost
 * first. Where nothing was called (what a signal interrupted, the code that its handler returns
 * to, the code that handles an exception) it is one byte further, so that whoever looks one byte
 * back finds the instruction. 'n' is in: room, out: used; at least the first is there unless the ip
 * is unknown.
 *
 * Frames are left by the rules of their file's CFI, and where that has none (code that was made at
 * run time, Go, assembly) by the frame pointer if it leads up the stack to a return address into
 * something that is mapped. The outermost frame is told by a return address that is undefined or
 * 0 or no call's, or by a frame pointer of 0 where there are no rules (the psABIs' mark).
 *
 * Not to be known: who called an exception's unwinder while it puts the registers of whoever catches
 * over those that it saved; the stack has the one's address and not yet its pointer. Rules say what
 * was there before, so that the end may be any but UNWIND_WAITS. */
enum unwind_end unwind(struct unwinder *u, const struct unwind_sample *s, uint64_t *addrs,
		       size_t *n);
