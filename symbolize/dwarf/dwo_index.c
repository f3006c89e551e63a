#include "symbolize/dwarf/dwo_index.h"

#include <string.h>

/* Far more than there are kinds of sections. */
enum { MAX_COLUMNS = 32 };

struct table {
	uint32_t version, n_columns, n_units, n_slots;
	struct bytes rest;
};

static bool header_read(struct bytes index, struct table *t)
{
	/* In DWARF 5 the version has 16 bits, and 16 bits of padding follow. */
	uint32_t version = bytes_u32(&index);

	*t = (struct table){.version = version & 0xffff,
			    .n_columns = bytes_u32(&index),
			    .n_units = bytes_u32(&index),
			    .n_slots = bytes_u32(&index)};
	t->rest = index;
	return !index.failed && (t->version == 2 || t->version == 5) && t->n_columns &&
	       t->n_columns <= MAX_COLUMNS && t->n_slots <= bytes_left(&index) / 12;
}

/* The number of the unit's row, from 1 up; 0: none. */
static uint32_t row_find(struct table *t, uint64_t id)
{
	struct bytes ids = bytes_sub(&t->rest, (size_t)t->n_slots * 8);
	struct bytes rows = bytes_sub(&t->rest, (size_t)t->n_slots * 4);

	for (uint32_t i = 0; i < t->n_slots; i++) {
		uint64_t of_slot = bytes_u64(&ids);
		uint32_t row = bytes_u32(&rows);

		if (row && of_slot == id)
			return row <= t->n_units ? row : 0;
	}
	return 0;
}

/* The section of a column, DWO_SECTIONS: it is not used. */
static enum dwo_section section_of(const struct table *t, uint32_t column)
{
	switch (column) {
	case 1:
		return DWO_INFO;
	case 3:
		return DWO_ABBREV;
	case 4:
		return DWO_LINE;
	case 6:
		return DWO_STR_OFFSETS;
	case 8:
		return t->version == 5 ? DWO_RNGLISTS : DWO_SECTIONS;
	default:
		return DWO_SECTIONS;
	}
}

bool dwo_index_find(struct bytes index, uint64_t id, struct dwo_parts *parts)
{
	struct bytes columns, offsets, sizes;
	struct table t;
	uint32_t row;
	size_t skipped, all;

	if (!header_read(index, &t) || !(row = row_find(&t, id)))
		return false;
	skipped = (size_t)(row - 1) * t.n_columns * 4;
	all = (size_t)t.n_units * t.n_columns * 4;
	columns = bytes_sub(&t.rest, (size_t)t.n_columns * 4);
	offsets = bytes_sub(&t.rest, all);
	sizes = bytes_sub(&t.rest, all);
	bytes_skip(&offsets, skipped);
	bytes_skip(&sizes, skipped);
	*parts = (struct dwo_parts){0};
	for (uint32_t i = 0; i < t.n_columns; i++) {
		enum dwo_section section = section_of(&t, bytes_u32(&columns));
		uint32_t offset = bytes_u32(&offsets), size = bytes_u32(&sizes);

		if (section == DWO_SECTIONS)
			continue;
		parts->items[section].offset = offset;
		parts->items[section].size = size;
	}
	return !columns.failed && !offsets.failed && !sizes.failed;
}
