/* Names of address ranges, sorted, for one dso. The unit of 'start' and 'end' is the dso's:
 * file_off for files, addr for the kernel. */
#pragma once

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct symbol {
	uint64_t start, end; /* [start, end) */
	const char *name;    /* as its file has it: mangled */
	uint32_t outer; /* index + 1 of the last one before that reaches into it, or 0 */
	bool hit;	/* some sample needed it */
};

struct symbol_table {
	struct arena text; /* what the names live in */
	VEC(struct symbol) items;
};

struct symbol_table *symbol_table_new(void);
void symbol_table_free(struct symbol_table **t);

/* Adds a range; an 'end' not above 'start' means "up to the next symbol". 'name' must live
 * as long as the table: in its arena, or for ever. */
void symbol_table_add(struct symbol_table *t, uint64_t start, uint64_t end,
		      const char *name);

/* Makes the table ready to be searched: sorts, drops doubles of the same start (the first
 * one added stays: add the better name first), gives open ends their end, at most 'limit'. */
void symbol_table_finish(struct symbol_table *t, uint64_t limit);

/* The symbol with the greatest start that holds 'at', marked as hit, or NULL. */
struct symbol *symbol_table_find(struct symbol_table *t, uint64_t at);
