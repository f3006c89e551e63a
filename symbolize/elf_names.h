/* A place in an ELF file that holds names of functions. A new one is a module with a
 * function like elf_place.add, and one row in source_elf.c. */
#pragma once

#include "elf/elf_symbols.h"
#include "elf/search/debug_file.h"
#include "model/symbol.h"

#include <stdbool.h>

/* An ELF file while its names are collected. */
struct elf_names {
	struct elf_file *file;
	struct debug_search *search;
	struct symbol_choice choice; /* symbols found so far, several at one address */
	struct symbol_table *table;  /* owns the names; its symbols come at the end */
};

/* How a place is used. */
enum elf_place_use {
	USE_FIRST,    /* only the first place that has symbols: each has all functions */
	USE_ALSO,     /* always: has functions that the others may lack */
	USE_FINISHED, /* last: needs the finished table */
};

struct elf_place {
	const char *name;
	enum elf_place_use use;

	/* Adds the symbols to 'choice', their names in the arena of 'table'; of
	 * USE_FINISHED: to 'table', which it leaves finished. Returns true if there
	 * are any. */
	bool (*add)(struct elf_names *n);
};
