/* Names as a recording saves them. */
#pragma once

#include "base/strtab.h"
#include "model/inline_table.h"
#include "model/symbol.h"

/* Returns a new table of the symbols with samples ('hit'), which owns its names. */
struct symbol_table *saved_names_symbols(const struct symbol_table *from);

/* Copies all inline frames of one table to another, their texts to 'strings'. */
void saved_names_inlines(struct inline_table *to, const struct inline_table *from,
			 struct strtab *strings);
