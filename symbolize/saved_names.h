/* What was found, as a recording carries it away. */
#pragma once

#include "base/strtab.h"
#include "model/inline_table.h"
#include "model/symbol.h"

/* A new table of the symbols that were hit, with names of its own. */
struct symbol_table *saved_names_symbols(const struct symbol_table *from);

/* Adds the places of one table to another, with texts of 'strings'. */
void saved_names_inlines(struct inline_table *to, const struct inline_table *from,
			 struct strtab *strings);
