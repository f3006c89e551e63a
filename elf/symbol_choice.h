/* Chooses one name for each address among all names that a file has for its code. The
 * result does not depend on the order in which names were added. */
#pragma once

#include "base/vec.h"
#include "model/symbol.h"

#include <stdbool.h>
#include <stdint.h>

/* A better binding has the smaller number. */
enum binding { BINDING_GLOBAL, BINDING_WEAK, BINDING_LOCAL };

struct candidate {
	uint64_t start, end; /* start < end */
	const char *name;
	uint8_t binding;
	bool is_label; /* the file does not mark it as a function */
	bool is_open;  /* its size is unknown: 'end' is the largest possible one */

	/* Set by symbol_choice_add(): the length of the name, and the number of
	 * underscores at its start. */
	uint32_t len, underscores;
};

/* Zero-initialize. */
struct symbol_choice {
	VEC(struct candidate) items;
};

void symbol_choice_release(struct symbol_choice *c);

/* Adds a candidate with a name of less than 4 GiB. */
void symbol_choice_add(struct symbol_choice *c, const struct candidate *candidate);

/* Adds one symbol for each start to 't', and prepares 't' for searches. Among candidates
 * with the same start it prefers, in this order: one with a size, the better binding, a
 * function to a label, fewer leading underscores, the shorter name, the first name by its
 * bytes. Open symbols end where the next one begins. Open labels inside a function are
 * dropped. The names must live as long as 't'. Each candidate is compared with one other:
 * time is linear in their number and in the bytes of their names. */
void symbol_choice_finish(struct symbol_choice *c, struct symbol_table *t);
