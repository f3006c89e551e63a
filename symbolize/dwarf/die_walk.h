/* Walks over the entries of one DWARF unit (versions 2 to 5, and GNU's extensions),
 * strictly from front to back. It ignores DW_AT_sibling, so a damaged file cannot send
 * it in circles. It is faster than libdw, which looks up and parses the abbreviation
 * of every entry anew: this module compiles the unit's abbreviations once, and then
 * only counts bytes. It finds the positions of entries; libdw reads their attributes. */
#pragma once

#include "base/bytes.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An entry of a unit. */
struct die {
	size_t at;    /* bytes from the unit's own entry, which is the first */
	size_t depth; /* 0 for the unit's own entry */
	unsigned tag; /* DW_TAG_* */
	bool has_children;
	bool is_declaration;
	bool has_code; /* it has DW_AT_low_pc or DW_AT_ranges */
};

/* A part of an entry: 'fixed' bytes, then one attribute without a fixed size. */
struct die_part {
	uint32_t fixed;
	unsigned form; /* DW_FORM_* of that attribute, 0: the entry ends here */
};

struct die_abbrev {
	uint32_t first_part; /* the last part has form 0 */
	bool has_children, is_declaration, has_code;
	unsigned tag; /* 0: the unit does not use this code */
};

/* Fields of the header of a unit. */
struct die_format {
	unsigned version, address_size, offset_size;
};

/* Zero-initialize before die_walk_start(). */
struct die_walk {
	struct bytes in;
	struct die_format format;
	size_t depth; /* of the next entry */
	bool is_over;
	VEC(struct die_abbrev) abbrevs; /* by code */
	VEC(struct die_part) parts;
	size_t abbrevs_size; /* bytes of the abbreviations that were compiled */
};

/* Starts at the unit's own entry. 'in' is the unit from that entry to its end, and
 * must outlive the walk. 'abbrevs' begins with the unit's abbreviations. */
void die_walk_start(struct die_walk *w, const struct die_format *format,
		    struct bytes abbrevs, struct bytes in);
void die_walk_release(struct die_walk *w);

/* Reads the next entry in file order: the first child of the previous entry, or the
 * entry after it. Returns false at the end and, from then on, at the first broken
 * entry. */
bool die_walk_next(struct die_walk *w, struct die *die);

/* Skips all children of 'die', the entry that die_walk_next() read last. */
void die_walk_skip(struct die_walk *w, const struct die *die);
