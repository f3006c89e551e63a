#include "symbolize/dwarf/die_walk.h"

#include <dwarf.h>
#include <limits.h>

/* Compilers number abbreviations from 1 on and stay far below these. */
enum { MAX_CODE = 1 << 18, MAX_PARTS = 1 << 20, MAX_ATTRIBUTES = 1 << 10 };

/* The form has no fixed size, or is unknown. */
static const unsigned OWN_SIZE = UINT_MAX;

/* The size of an attribute's value: DWARF 5, 7.5.6; forms of GNU: include/dwarf2.def
 * of binutils. */
static unsigned size_of_form(const struct die_walk *w, uint64_t form)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
	case DW_FORM_ref_sup4:
		return 4;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return w->format.address_size;
	case DW_FORM_ref_addr:
		return w->format.version <= 2 ? w->format.address_size
					      : w->format.offset_size;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_strp_sup:
	case DW_FORM_sec_offset:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return w->format.offset_size;
	default:
		return OWN_SIZE;
	}
}

static void string_skip(struct bytes *in)
{
	size_t left = bytes_left(in);
	const uint8_t *start = bytes_take(in, 0);
	const uint8_t *end = start ? memchr(start, '\0', left) : NULL;

	bytes_skip(in, end ? (size_t)(end - start) + 1 : left + 1);
}

/* Skips the value of an attribute. The walk ends at an unknown form, whose size is
 * unknown. */
static void form_skip(struct die_walk *w, uint64_t form)
{
	struct bytes *in = &w->in;

	while (form == DW_FORM_indirect)
		form = bytes_uleb(in);
	if (size_of_form(w, form) != OWN_SIZE) {
		bytes_skip(in, size_of_form(w, form));
		return;
	}
	switch (form) {
	case DW_FORM_string:
		string_skip(in);
		break;
	case DW_FORM_block1:
		bytes_skip(in, bytes_u8(in));
		break;
	case DW_FORM_block2:
		bytes_skip(in, bytes_u16(in));
		break;
	case DW_FORM_block4:
		bytes_skip(in, bytes_u32(in));
		break;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		bytes_skip(in, (size_t)bytes_uleb(in));
		break;
	case DW_FORM_sdata:
	case DW_FORM_udata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
	case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		bytes_uleb(in);
		break;
	default:
		in->failed = true;
	}
}

/* Compiles the attributes of an abbreviation up to their end mark. Returns false if
 * there are too many, or if the end mark is broken. */
static bool attributes_compile(struct die_walk *w, struct bytes *in,
			       struct die_abbrev *out)
{
	struct die_part part = {0};

	for (int n = 0; w->parts.n < MAX_PARTS && n < MAX_ATTRIBUTES; n++) {
		uint64_t name = bytes_uleb(in), form = bytes_uleb(in);
		unsigned size = size_of_form(w, form);

		if (form == DW_FORM_implicit_const)
			bytes_uleb(in);
		out->is_declaration |= name == DW_AT_declaration;
		out->has_code |= name == DW_AT_low_pc || name == DW_AT_ranges;
		if (size != OWN_SIZE) {
			part.fixed += size;
			continue;
		}
		part.form = form <= UINT32_MAX ? (uint32_t)form : UINT32_MAX;
		vec_push(&w->parts, part);
		if (!form)
			return !name;
		part = (struct die_part){0};
	}
	return false;
}

/* Reads the section itself (DWARF 5, 7.5.3): libdw 0.188 cannot list the attributes
 * after a DW_FORM_implicit_const. */
static void abbrevs_compile(struct die_walk *w, struct bytes *in)
{
	uint64_t code;

	while ((code = bytes_uleb(in)) && code < MAX_CODE) {
		struct die_abbrev abbrev = {.first_part = (uint32_t)w->parts.n};
		uint64_t tag = bytes_uleb(in);

		abbrev.tag = tag <= UINT16_MAX ? (unsigned)tag : 0;
		abbrev.has_children = bytes_u8(in) == DW_CHILDREN_yes;
		if (!attributes_compile(w, in, &abbrev) || in->failed)
			return;
		while (w->abbrevs.n <= code)
			vec_add(&w->abbrevs);
		w->abbrevs.items[code] = abbrev;
	}
}

void die_walk_start(struct die_walk *w, const struct die_format *format,
		    struct bytes abbrevs, struct bytes in)
{
	w->format = *format;
	w->in = in;
	abbrevs_compile(w, &abbrevs);
	w->abbrevs_size = abbrevs.at;
}

void die_walk_release(struct die_walk *w)
{
	vec_release(&w->abbrevs);
	vec_release(&w->parts);
}

static void entry_skip(struct die_walk *w, const struct die_abbrev *abbrev)
{
	const struct die_part *part = &w->parts.items[abbrev->first_part];

	for (; part->form; part++) {
		bytes_skip(&w->in, part->fixed);
		form_skip(w, part->form);
	}
	bytes_skip(&w->in, part->fixed);
	w->depth += abbrev->has_children;
}

/* Skips an entry and returns its abbreviation. The end of a list of siblings has
 * abbreviation 0, without a tag. Returns NULL when the walk is over. */
static const struct die_abbrev *entry_next(struct die_walk *w)
{
	const struct die_abbrev *abbrev = NULL;
	uint64_t code;

	if (w->is_over)
		return NULL;
	code = bytes_uleb(&w->in);
	if (code < w->abbrevs.n)
		abbrev = &w->abbrevs.items[code];
	if (abbrev && abbrev->tag)
		entry_skip(w, abbrev);
	else if (abbrev && !code)
		w->depth -= w->depth > 0;
	else
		w->in.failed = true;
	w->is_over = !w->depth || w->in.failed;
	return w->in.failed ? NULL : abbrev;
}

bool die_walk_next(struct die_walk *w, struct die *die)
{
	const struct die_abbrev *abbrev;
	size_t at, depth;

	do {
		at = w->in.at;
		depth = w->depth;
		abbrev = entry_next(w);
		if (!abbrev)
			return false;
	} while (!abbrev->tag);
	*die = (struct die){.at = at,
			    .depth = depth,
			    .tag = abbrev->tag,
			    .has_children = abbrev->has_children,
			    .is_declaration = abbrev->is_declaration,
			    .has_code = abbrev->has_code};
	return true;
}

void die_walk_skip(struct die_walk *w, const struct die *die)
{
	while (w->depth > die->depth && entry_next(w))
		continue;
}
