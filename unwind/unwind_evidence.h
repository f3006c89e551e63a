/* What confirms that an address found on a stack is the return address of a frame: the code before
 * it is a call, and a direct call leads to the function of the inner frame. */
#pragma once

#include "unwind/unwind_walk.h"

enum evidence {
	EVIDENCE_CALL,	  /* a call, or code that cannot be read */
	EVIDENCE_NO_CALL, /* of the known cases in which none stands there */
	EVIDENCE_END,	  /* the same; and no frame called this one */
	EVIDENCE_NONE,	  /* the address is no frame's */
};

/* What speaks for the return address 'ip', mapped by 'm'. */
enum evidence evidence_of(struct walk *w, const struct mapping *m, uint64_t ip);

/* False: a direct call ends at the return address 'ip', and leads neither to the function around
 * 'inner', an address in the inner frame's instruction, nor to code that may go on there by jumps:
 * frames are missing between the two. Indirect calls, and code that cannot be read, prove nothing;
 * neither does a function that can leave by an indirect jump. */
bool evidence_leads(struct walk *w, uint64_t ip, uint64_t inner);

/* The target of the direct call that ends at 'ip' is the start of a function that begins in the
 * same file at or before 'inner', with no FDE in between: the only sign of the caller of code that
 * has no rules. */
bool evidence_is_caller(struct walk *w, uint64_t ip, uint64_t inner);

/* Whether the frame at which the walk is, mapped by 'm', is a signal trampoline, known by its
 * instructions. */
bool evidence_is_trampoline(struct walk *w, const struct mapping *m);

/* Whether that frame, in code without rules, is an outermost one: the code at the program's entry; code
 * with a frame pointer of 0 that cleared it itself before its call, and does not return after it
 * (threads in musl); a new thread on its way there. A frame pointer of 0 alone proves nothing: code
 * without rules may use that register for anything. */
bool evidence_is_entry(struct walk *w, const struct mapping *m);
