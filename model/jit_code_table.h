/* Code that a program made while it ran: which function stood at an address, and when. Code
 * that is written over other code ends it: of a function that lost one byte nothing is known
 * any more. */
#pragma once

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define JIT_FOR_EVER UINT64_MAX
enum { JIT_NAME_MAX = 1000 }; /* bytes of a name, without its NUL */

struct jit_function {
	uint64_t start, end;  /* addr, [start, end) */
	uint64_t from, until; /* time, [from, until) */
	const char *name;
	uint32_t order; /* of those of one table: by 'from', then as they were added */
	uint32_t first; /* index of the first one with this start */
	uint32_t
		outer; /* index + 1 of the last one before that which may reach into it, or 0 */
	bool is_first; /* nothing is known to have been there before */
};

struct jit_code_table {
	struct arena text; /* what the names live in */
	VEC(struct jit_function) items;
	VEC(uint64_t)
	changes; /* when an address got another function, or lost it; ascending */
};

struct jit_code_table *jit_code_table_new(void);
void jit_code_table_free(struct jit_code_table **t);

/* Adds a function that is there from 'from' on, and for ever where the caller does not set
 * its 'until'. Copies 'len' bytes of its name, at most JIT_NAME_MAX and up to a NUL, control bytes as '?'.
 * Valid until the next one; NULL for one without a byte, without a name, or that wraps
 * around. */
struct jit_function *jit_code_table_add(struct jit_code_table *t, uint64_t start,
					uint64_t end, uint64_t from, const char *name,
					size_t len);

/* Makes the table ready to be searched: sorts, and ends what was written over. If 'is_all',
 * nothing but what was added was ever there, and what was the first to be anywhere counts as
 * having always been there, because it may have been told of late. Functions that were there
 * at no time are dropped; a table in which nearly everything lies over everything is no real
 * one and becomes empty. To be called once. */
void jit_code_table_finish(struct jit_code_table *t, bool is_all);

/* What stood at 'addr' at 'time', or NULL; valid as long as the table. */
const struct jit_function *jit_code_table_find(const struct jit_code_table *t,
					       uint64_t addr, uint64_t time);
