/* What was found, as a recording carries it away. */
#pragma once

#include "base/strtab.h"
#include "model/place.h"
#include "model/symbol.h"

/* A new table of the symbols that were hit, with names of its own. */
struct symbol_table *stored_symbols(const struct symbol_table *from);

/* Adds the places of one table to another, with texts of 'strings'. */
void stored_places(struct place_table *to, const struct place_table *from,
		   struct strtab *strings);
