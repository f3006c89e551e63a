/* The entries of one unit of DWARF (2 to 5, and what GNU added), strictly from front to back:
 * siblings that entries name are not followed, so that there are no circles. libdw finds the
 * abbreviation of every entry anew and takes it apart to pass the entry; this compiles those of
 * the unit once and then only counts bytes. What it finds is where entries stand: libdw reads
 * what is in them. */
#pragma once

#include "base/bytes.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An entry of a unit. */
struct die {
	size_t at; /* bytes from the first entry of the unit, which is the unit's own */
	size_t depth; /* 0 for that one */
	unsigned tag; /* DW_TAG_* */
	bool has_children;
	bool is_declaration;
	bool has_code; /* or says that it has */
};

/* How to pass an entry, a part at a time: 'fixed' bytes, then what tells its own size. */
struct die_part {
	uint32_t fixed;
	unsigned form; /* DW_FORM_*, 0: no more of it */
};

struct die_abbrev {
	uint32_t first_part; /* they end with one of form 0 */
	bool has_children, is_declaration, has_code;
	unsigned tag; /* 0: there is no such code */
};

/* What the header of a unit says. */
struct die_format {
	unsigned version, address_size, offset_size;
};

/* All zero before the start. */
struct die_walk {
	struct bytes in;
	struct die_format format;
	size_t depth; /* of the next entry */
	bool is_over;
	VEC(struct die_abbrev) abbrevs; /* by code */
	VEC(struct die_part) parts;
};

/* Starts at the unit's own entry. 'in' begins with that, ends where the unit does, and has to
 * outlive the walk. 'abbrevs' begins with the unit's abbreviations. */
void die_walk_start(struct die_walk *w, const struct die_format *format,
		    struct bytes abbrevs, struct bytes in);
void die_walk_release(struct die_walk *w);

/* The next entry: the first one below 'die' if it has children, or else what comes behind it.
 * False at the end, and for good where what follows makes no sense. */
bool die_walk_next(struct die_walk *w, struct die *die);

/* Passes all that is below 'die', the entry that die_walk_next() gave last. */
void die_walk_skip(struct die_walk *w, const struct die *die);
