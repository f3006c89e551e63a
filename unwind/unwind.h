/* A user stack from its registers and a copy of its bytes: a pure function over them, what was
 * mapped, the kernel's own callchain, and the tables of unwind_tables.h, which read the code of
 * files that are open. No waiting, bounded steps. */
#pragma once

#include "unwind/unwind_sample.h"
#include "unwind/unwind_tables.h"

#include <stddef.h>
#include <stdint.h>

struct unwinder;

/* Borrows all of its arguments, which must outlive it. It caches what it knows of an address. */
struct unwinder *unwinder_new(struct space_table *spaces, const struct dso_table *dsos,
			      struct unwind_tables *tables);
void unwinder_free(struct unwinder **u);

enum unwind_end {
	UNWIND_ROOT, /* the outermost frame was reached: _start, a thread's start */
	/* The copy was too short, or ended with the stack of a signal handler or of a scheduler; or
	 * the output is full. */
	UNWIND_TRUNCATED,
	UNWIND_BROKEN, /* the rules contradict the stack, or there are none */
	UNWIND_WAITS,  /* a table is being made; once it is there, unwind anew */
};

/* Fills 'addrs' as a callchain has them: the instruction itself, then return addresses, innermost
 * first. An address that no call put there (an interrupted instruction, a signal trampoline, code
 * that handles an exception) is stored one byte further, so that a look-up one byte back finds the
 * instruction. 'n' is in: room, out: used; at least the first is there unless the ip is unknown.
 *
 * Frames are left by the rules of their file's CFI; in Go by Go's own table; and where there is
 * neither (code that was made at run time, assembly) by the frame pointer, or by the first return
 * address up the stack whose call leads to the frame's function. Where none of this helps, the
 * kernel's chain continues the stack from the very frame at which it ends.
 *
 * Each frame but the innermost is a return address in executable memory that follows a call
 * (unwind_evidence.h lists the exceptions). Where a frame was not found by rules, and a direct call
 * leads elsewhere than to the inner frame, CALLCHAIN_MISSING stands between the two.
 *
 * A stack ends whole (UNWIND_ROOT) at a return address that is undefined or 0 by a rule, at the
 * program's entry, at the end of a coroutine, in Go at the functions that Go marks as outermost.
 *
 * Unknown remains who called an exception's unwinder while it puts the registers of the catcher over
 * those that it saved: the stack has the catcher's address and not yet its pointer. Rules describe
 * the state before, so that the end may be any but UNWIND_WAITS. */
enum unwind_end unwind(struct unwinder *u, const struct unwind_sample *s, uint64_t *addrs,
		       size_t *n);
