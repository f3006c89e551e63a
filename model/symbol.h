/* Symbols: names of address ranges of one dso. 'start' and 'end' are file_off for files
 * and addr for the kernel. */
#pragma once

#include "base/arena.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct symbol {
	/* [start, end) */
	uint64_t start, end;
	/* mangled, as in the file */
	const char *name;
	/* index + 1 of the last symbol before this one that reaches into it, or 0 */
	uint32_t outer;
	/* symbol_table_find() returned it */
	bool hit;
};

struct symbol_table {
	/* memory for names */
	struct arena text;
	VEC(struct symbol) items;
};

struct symbol_table *symbol_table_new(void);
void symbol_table_free(struct symbol_table **t);

/* Adds a symbol. If 'end' is not above 'start', it ends at the next symbol. 'name' must
 * live as long as the table, for example in its arena. */
void symbol_table_add(struct symbol_table *t, uint64_t start, uint64_t end,
		      const char *name);

/* Makes the table ready for look-ups: sorts it, keeps of symbols with the same start the
 * first one added (so add better names first), and sets open ends, at most to 'limit'. */
void symbol_table_finish(struct symbol_table *t, uint64_t limit);

/* The memory of the table with its names, in bytes. */
size_t symbol_table_memory(const struct symbol_table *t);

/* Returns the symbol with the greatest start that holds 'at', or NULL. Marks it as
 * hit. */
struct symbol *symbol_table_find(struct symbol_table *t, uint64_t at);
