/* The inlined calls of one unit of DWARF, by the code that contains them. */
#pragma once

#include "base/vec.h"
#include "symbolize/dwarf/dwarf_file.h"
#include "symbolize/dwarf/range_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of all units of a file: a hostile file has the same data read many times. */
struct dwarf_limits {
	struct elf_file *mapped; /* has the code */
	struct elf_file *budget; /* memory counts against its budget */
	uint64_t ranges_left, abbrevs_left;
	uint64_t memory_left; /* taken from the budget, not used yet */
};

/* Takes memory. Returns false if there is none. */
bool dwarf_limits_take(struct dwarf_limits *l, size_t size);

/* Adds the code of an entry of 'file' to the table, as that of 'item'. 'die' is the
 * entry's offset in .debug_info. 'base' is added to lists of ranges that are relative to
 * their unit. Returns whether there is any. */
bool dwarf_limits_add_code(struct dwarf_limits *l, const struct dwarf_file *file,
			   uint64_t die, uint64_t base, struct range_table *t,
			   uint32_t item);

/* An inlined call. */
struct call {
	uint64_t die;	 /* offset in .debug_info */
	uint32_t parent; /* the call that contains it, or RANGE_NONE */
};

struct call_function;

/* Zero-initialize. */
struct call_tree {
	bool was_read;
	VEC(struct call) calls;
	VEC(struct call_function) functions;
	struct range_table code; /* of the functions */
};

void call_tree_release(struct call_tree *t);

/* Returns the innermost inlined call at 'vaddr', an index in 'calls', or RANGE_NONE. All
 * calls must have the same other parameters: the file and the offset of the unit's own
 * entry, and 'base' for dwarf_limits_add_code(). */
uint32_t call_tree_find(struct call_tree *t, struct dwarf_limits *l,
			const struct dwarf_file *file, uint64_t unit, uint64_t base,
			uint64_t vaddr);
