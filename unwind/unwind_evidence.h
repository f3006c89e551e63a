/* Checks whether an address found on a stack is the return address of a frame: the code
 * before it must be a call, and a direct call must lead to the function of the inner
 * frame. */
#pragma once

#include "unwind/unwind_walk.h"

enum evidence {
	/* A call ends at the address, or the code cannot be read. */
	EVIDENCE_CALL,
	/* No call ends there, but the address is one of the known exceptions. */
	EVIDENCE_NO_CALL,
	/* As EVIDENCE_NO_CALL, and the frame is an outermost one. */
	EVIDENCE_END,
	/* The address is not the return address of a frame. */
	EVIDENCE_NONE,
};

/* Returns the evidence for the return address 'ip'; 'm' is the mapping of ip - 1. */
enum evidence evidence_of(struct walk *w, const struct mapping *m, uint64_t ip);

/* Returns false if frames are missing between two addresses: a direct call ends at the
 * return address 'ip', and it leads neither to the function around 'inner' (an address in
 * the instruction of the inner frame) nor to code that may continue there by jumps.
 * Returns true if there is no proof of a gap: indirect calls and unreadable code prove
 * nothing, nor does a function with an indirect jump. */
bool evidence_leads(struct walk *w, uint64_t ip, uint64_t inner);

/* Whether a direct call ends at 'ip' and leads to the function around 'inner': the target
 * is at or before 'inner', in the same file, with no FDE between target and 'inner'. In
 * code without rules this is the only sign of a caller. */
bool evidence_is_caller(struct walk *w, uint64_t ip, uint64_t inner);

/* Whether the instructions at the current frame of the walk, in the mapping 'm', are
 * those of a signal trampoline. */
bool evidence_is_trampoline(struct walk *w, const struct mapping *m);

/* Whether the current frame, in code without rules, is an outermost one. It is if
 * - it is in the code at the program's entry point;
 * - its frame pointer is 0, its own code cleared the frame pointer before the call, and
 *   the code after the call does not return (threads of musl); or
 * - it is a new thread on the way to that call. A frame pointer of 0 alone proves
 *   nothing: code without rules may use the register for anything. */
bool evidence_is_entry(struct walk *w, const struct mapping *m);
