/* Unwinds a user stack from the registers of a sample and a copy of the stack's bytes.
 * The result depends only on these, on the mappings of the process, on the kernel's own
 * callchain, and on the tables of unwind_tables.h, which read the code of open files. It
 * never waits, and the number of steps is bounded. */
#pragma once

#include "unwind/unwind_sample.h"
#include "unwind/unwind_tables.h"

#include <stddef.h>
#include <stdint.h>

struct unwinder;

/* All arguments must outlive the unwinder. It caches facts about code addresses, so each
 * thread needs its own. */
struct unwinder *unwinder_new(struct space_table *spaces, const struct dso_table *dsos,
			      struct unwind_tables *tables);
void unwinder_free(struct unwinder **u);

enum unwind_end {
	/* The outermost frame was reached: _start, a thread's first function. */
	UNWIND_ROOT,
	/* The stack continues after the end of the copy, or on another stack (from that
	 * of a signal handler or of a scheduler), or the output is full. */
	UNWIND_TRUNCATED,
	/* The rules contradict the stack, or there are none. */
	UNWIND_BROKEN,
	/* A table is being made: unwind the sample again when it is ready. */
	UNWIND_WAITS,
};

/* Stores the addresses of a callchain in 'addrs': the ip, then return addresses,
 * innermost first. *n must be the room in 'addrs'; unwind() sets it to the number of
 * addresses, which is 0 only if the ip or the stack pointer is unknown or there is no
 * room. Look-ups use the byte before a return address. So, after the first address, one
 * that is not a return address after a call (an interrupted instruction, a signal
 * trampoline, code that handles an exception) is stored one byte higher.
 *
 * A frame is left by the rule of its file's CFI; in Go by Go's own table. Without either
 * (code made at run time, assembly) it is left by the frame pointer, or by the first
 * return address up the stack whose call leads to the frame's function. If all of this
 * fails, the addresses after the same frame in the kernel's chain follow.
 *
 * Each frame but the innermost one is a return address after a call in executable memory
 * (unwind_evidence.h lists the exceptions). If a frame was not found by a rule, and its
 * direct call leads to another function than the inner frame's, CALLCHAIN_MISSING is
 * stored between the two.
 *
 * A stack is complete (UNWIND_ROOT) at a return address that a rule gives as undefined or
 * 0, at the program's entry point, at the end of a coroutine, and in Go at functions that
 * Go marks as outermost.
 *
 * One case has no answer: while the unwinder of an exception installs the registers of
 * the catching frame over those that it saved, the stack has the catcher's address but
 * not yet its stack pointer. Rules describe the state before that. The end can then be
 * any but UNWIND_WAITS. */
enum unwind_end unwind(struct unwinder *u, const struct unwind_sample *s, uint64_t *addrs,
		       size_t *n);
