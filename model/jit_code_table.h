/* JIT code of one process over time: the function at an address at a time. Code that is
 * written over other code ends it: a function that is even partly overwritten is dropped
 * from that time on. */
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
	/* Set by jit_code_table_finish(): */
	/* rank by 'from', then in the order of jit_code_table_add() */
	uint32_t order;
	/* index of the first function with this start */
	uint32_t first;
	/* no earlier function had any of these bytes */
	bool is_first;
};

struct jit_code_table {
	/* names */
	struct arena text;
	/* sorted by start, then by 'from' */
	VEC(struct jit_function) items;
	/* Times at which an address got another function or lost its function;
	 * ascending. */
	VEC(uint64_t) changes;
	/* Private: a binary tree with the largest end of all functions below each
	 * node. */
	uint64_t *reach;
	/* number of its leaves, a power of two above the number of functions */
	size_t n_leaves;
};

struct jit_code_table *jit_code_table_new(void);
void jit_code_table_free(struct jit_code_table **t);

/* The memory of the table with its names, in bytes. */
size_t jit_code_table_memory(const struct jit_code_table *t);

/* Adds a function that exists from time 'from' on. The caller may set its 'until';
 * otherwise it exists for ever. Copies at most 'len' or JIT_NAME_MAX bytes of its name,
 * up to a NUL, and replaces control bytes with '?'. Returns the function, valid until the
 * next call, or NULL if its range is empty or wraps around or its name is empty. */
struct jit_function *jit_code_table_add(struct jit_code_table *t, uint64_t start,
					uint64_t end, uint64_t from, const char *name,
					size_t len);

/* Makes the table ready for look-ups: sorts it, and ends functions that are overwritten.
 * If 'is_all', there was no other JIT code than the functions added; then the first
 * function at an address counts as having always been there, because its record may be
 * late. Drops functions that existed at no time. Empties a table in which nearly all
 * functions overlap, because no real program makes one. Must be called once. */
void jit_code_table_finish(struct jit_code_table *t, bool is_all);

/* Returns the function at 'addr' at 'time', or NULL; valid as long as the table. */
const struct jit_function *jit_code_table_find(const struct jit_code_table *t,
					       uint64_t addr, uint64_t time);
