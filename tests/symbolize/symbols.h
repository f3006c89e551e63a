/* Test support: the symbols of a program. */
#pragma once

#include "model/symbol.h"

/* Reads the symbols of the program at 'path', which must exist. Returns NULL if it has
 * none; the caller frees the table. */
struct symbol_table *symbols_load(const char *path);

/* Returns the first symbol of that name, or NULL. */
const struct symbol *symbols_find(const struct symbol_table *t, const char *name);
