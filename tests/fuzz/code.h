/* The promises of a table of JIT functions, for any content. */
#pragma once

#include "model/jit_code_table.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static inline void require_codes(struct jit_code_table *t)
{
	const struct jit_function *c, *before = NULL;
	size_t added = t->items.n;

	jit_code_table_finish(t, true);
	require(t->items.n <= added);
	require(t->changes.n <= 2 * t->items.n);
	vec_each(c, &t->items) {
		require(c->start < c->end && c->from < c->until);
		require(*c->name && strlen(c->name) <= JIT_NAME_MAX);
		require(!strpbrk(c->name, "\n\t\x1b\x7f"));
		require(!before || before->start <= c->start);
		/* Nothing else is there at its time. */
		require(jit_code_table_find(t, c->start, c->from) == c);
		require(jit_code_table_find(t, c->end - 1, c->until - 1) == c);
		before = c;
	}
}
