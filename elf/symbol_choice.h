/* From all the names that a file has for its code to one name for each address. Which one
 * wins does not depend on the order in which they were added. */
#pragma once

#include "base/vec.h"
#include "model/symbol.h"

#include <stdbool.h>
#include <stdint.h>

/* A better binding has the smaller number. */
enum binding { BINDING_GLOBAL, BINDING_WEAK, BINDING_LOCAL };

struct candidate {
	uint64_t start, end; /* above 'start' */
	const char *name;
	uint8_t binding;
	bool is_label; /* nobody says that it is a function */
	bool is_open;  /* of unknown size: 'end' only says how far it can reach */
};

struct symbol_choice {
	VEC(struct candidate) items;
};

void symbol_choice_release(struct symbol_choice *c);

/* Adds to 't', which becomes ready to be searched, one symbol for each start: of equal
 * starts the one with a size, then the better binding, then a function before a label,
 * then fewer leading underscores, the shorter name, the smaller one by its bytes. Open
 * symbols end where the next begins; open labels inside of a function belong to it and
 * are dropped. The names must live as long as 't'. */
void symbol_choice_finish(struct symbol_choice *c, struct symbol_table *t);
