#include "elf/dwarf_units.h"

/* libdw's memory for a unit, with its entry in a search tree, and for an abbreviation. */
enum { UNIT_MEMORY = 512, ABBREV_MEMORY = 64 };

/* Bytes of abbreviations that searches may pass over, besides four times the section. */
enum { PASSED_MIN = 4 << 20 };

enum { IMPLICIT_CONST = 0x21, UNIT_TYPE = 2, UNIT_SPLIT_TYPE = 6, UNIT_SKELETON = 4 };
enum { UNIT_SPLIT = 5 };

struct unit_header {
	uint64_t abbrevs_at;
	uint64_t code; /* of the first entry */
};

/* Reads the header of the next unit and goes on to the end of the unit. */
static bool unit_read(struct bytes *units, struct unit_header *header)
{
	uint64_t length = bytes_u32(units);
	bool is_wide = length == UINT32_MAX;
	struct bytes unit;
	uint16_t version;
	uint8_t type = 0;

	if (is_wide)
		length = bytes_u64(units);
	unit = bytes_sub(units, length < bytes_left(units) ? length : bytes_left(units));
	version = bytes_u16(&unit);
	if (version >= 5) {
		type = bytes_u8(&unit);
		bytes_skip(&unit, 1);
	}
	header->abbrevs_at = is_wide ? bytes_u64(&unit) : bytes_u32(&unit);
	if (version < 5)
		bytes_skip(&unit, 1);
	if (type == UNIT_SKELETON || type == UNIT_SPLIT)
		bytes_skip(&unit, 8);
	if (type == UNIT_TYPE || type == UNIT_SPLIT_TYPE)
		bytes_skip(&unit, is_wide ? 16 : 12);
	header->code = bytes_uleb(&unit);
	return !units->failed;
}

static void abbrev_pass(struct bytes *in)
{
	uint64_t name, form;

	bytes_uleb(in);
	bytes_skip(in, 1);
	do {
		name = bytes_uleb(in);
		form = bytes_uleb(in);
		if (form == IMPLICIT_CONST)
			bytes_uleb(in);
	} while ((name || form) && !in->failed);
}

/* Returns the number of abbreviations before the one with the code, and takes the bytes
 * that they have from *left. */
static uint64_t abbrevs_pass(struct bytes abbrevs, const struct unit_header *header,
			     uint64_t *left)
{
	uint64_t code, n = 0;
	size_t start;

	bytes_skip(&abbrevs, header->abbrevs_at);
	start = abbrevs.at;
	while (!abbrevs.failed && abbrevs.at - start <= *left &&
	       (code = bytes_uleb(&abbrevs)) && code != header->code) {
		abbrev_pass(&abbrevs);
		n++;
	}
	*left -= abbrevs.at - start <= *left ? abbrevs.at - start : *left;
	return n;
}

bool dwarf_units_check(struct bytes units, struct bytes abbrevs, uint64_t *memory)
{
	uint64_t left = PASSED_MIN + 4 * (uint64_t)abbrevs.size;
	struct unit_header header;

	*memory = 0;
	while (bytes_left(&units)) {
		if (!unit_read(&units, &header))
			break;
		*memory += UNIT_MEMORY +
			   ABBREV_MEMORY * (1 + abbrevs_pass(abbrevs, &header, &left));
		if (!left)
			return false;
	}
	return true;
}
