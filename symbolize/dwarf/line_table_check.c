#include "symbolize/dwarf/line_table_check.h"

#include "base/narrow.h"

#include <assert.h>
#include <dwarf.h>

enum {
	VERSION_MIN = 2,
	VERSION_MAX = 5,
	MAX_ULEB = 10, /* bytes of a number of 64 bits; libdw reads no more */
	MAX_FORMATS = 255,
	LAST_STANDARD_OPCODE = DW_LNS_set_isa,
	MAX_PATH = 4095,
	/* libdw's memory for a line, and for a file besides its path */
	LINE_MEMORY = 128,
	FILE_MEMORY = 64,
	PASSED_MIN = 1 << 20, /* bytes of tables that are checked, besides twice all */
};

/* A table while it is checked. */
struct table {
	struct bytes in; /* to the end of the header, then to the end of the unit */
	uint16_t version;
	uint8_t offset_size, address_size;
	uint8_t opcode_base;
	const uint8_t *opcode_lengths; /* of the opcodes from 1 on */
	struct bytes line_str, str;
	size_t longest; /* string */
	uint64_t n_files, n_lines;
};

/* One column of the directories or files of version 5. */
struct format {
	uint64_t content, form; /* DW_LNCT_*, DW_FORM_* */
};

/* Operands of the standard opcodes, from number 1 on; all but that of
 * DW_LNS_fixed_advance_pc are LEB128 numbers. */
static const uint8_t standard_lengths[LAST_STANDARD_OPCODE] = {0, 1, 1, 1, 1, 0,
							       0, 0, 1, 0, 0, 1};

/* Passes a LEB128 number, and returns the value of an unsigned one. Fails if it has more
 * bytes than 64 bits need: libdw would go on in the middle of it. */
static uint64_t leb_read(struct bytes *in)
{
	size_t start = in->at;
	uint64_t value = bytes_uleb(in);

	in->failed |= in->at - start > MAX_ULEB;
	return value;
}

/* Passes a string and returns its length. */
static size_t string_pass(struct bytes *in)
{
	size_t left = bytes_left(in);
	const uint8_t *start = bytes_take(in, 0);
	const uint8_t *end = start ? memchr(start, '\0', left) : NULL;
	size_t length = end ? (size_t)(end - start) : left;

	bytes_skip(in, length + 1);
	return length;
}

/* Narrows t->in to the unit. */
static bool unit_length_check(struct table *t, struct bytes section)
{
	uint64_t length = bytes_u32(&section);

	t->offset_size = 4;
	if (length == UINT32_MAX) {
		length = bytes_u64(&section);
		t->offset_size = 8;
	}
	if (section.failed || length > bytes_left(&section))
		return false;
	t->in = section;
	t->in.size = section.at + length;
	return true;
}

/* The fields before standard_opcode_lengths. Narrows t->in to the header. */
static bool fixed_fields_check(struct table *t)
{
	struct bytes *in = &t->in;
	uint64_t header_length;
	uint8_t line_range, max_operations = 1;

	t->version = bytes_u16(in);
	if (in->failed || t->version < VERSION_MIN || t->version > VERSION_MAX)
		return false;
	if (t->version >= 5 && (bytes_u8(in) != t->address_size || bytes_u8(in) != 0))
		return false;
	header_length = t->offset_size == 8 ? bytes_u64(in) : bytes_u32(in);
	if (in->failed || header_length > bytes_left(in))
		return false;
	in->size = in->at + header_length;
	bytes_skip(in, 1); /* minimum_instruction_length */
	if (t->version >= 4)
		max_operations = bytes_u8(in);
	bytes_skip(in, 2); /* default_is_stmt, line_base */
	line_range = bytes_u8(in);
	t->opcode_base = bytes_u8(in);
	return max_operations && line_range && t->opcode_base;
}

/* libdw refuses other lengths of the opcodes that it knows, but only when it meets the
 * opcode. */
static bool opcode_lengths_check(struct table *t)
{
	size_t n = t->opcode_base - 1U;

	t->opcode_lengths = bytes_take(&t->in, n);
	for (size_t i = 0; t->opcode_lengths && i < n && i < LAST_STANDARD_OPCODE; i++)
		if (t->opcode_lengths[i] != standard_lengths[i])
			return false;
	return t->opcode_lengths;
}

/* Passes a string and returns its length. */
static size_t path_pass(struct table *t)
{
	size_t length = string_pass(&t->in);

	t->longest = length > t->longest ? length : t->longest;
	return length;
}

/* Passes the offset of a string in another section. */
static void path_offset_pass(struct table *t, struct bytes strings)
{
	struct bytes *in = &t->in;
	uint64_t offset = t->offset_size == 8 ? bytes_u64(in) : bytes_u32(in);
	size_t most, length = 0;

	bytes_skip(&strings, offset);
	most = bytes_left(&strings) < MAX_PATH + 1 ? bytes_left(&strings) : MAX_PATH + 1;
	if (most)
		length = strnlen((const char *)strings.data + strings.at, most);
	t->longest = length > t->longest ? length : t->longest;
}

/* Versions 2 to 4: directories, then files, each list ends with an empty string. */
static void old_lists_pass(struct table *t)
{
	struct bytes *in = &t->in;

	while (path_pass(t) && !in->failed)
		continue;
	while (path_pass(t) && !in->failed) {
		t->n_files++;
		leb_read(in); /* number of the directory */
		leb_read(in); /* time of the last change */
		leb_read(in); /* size */
	}
}

/* Whether a column may have this form. */
static bool is_form_of(const struct format *format)
{
	switch (format->form) {
	case DW_FORM_string:
	case DW_FORM_line_strp:
	case DW_FORM_strp:
		return format->content != DW_LNCT_directory_index;
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8:
	case DW_FORM_udata:
		return format->content != DW_LNCT_path;
	case DW_FORM_data16:
	case DW_FORM_block:
		return format->content != DW_LNCT_path &&
		       format->content != DW_LNCT_directory_index;
	default:
		return false;
	}
}

/* Passes one field of an entry; 'form' is one that is_form_of() accepts. */
static void field_pass(struct table *t, uint64_t form)
{
	struct bytes *in = &t->in;

	switch (form) {
	case DW_FORM_string:
		path_pass(t);
		return;
	case DW_FORM_line_strp:
		path_offset_pass(t, t->line_str);
		return;
	case DW_FORM_strp:
		path_offset_pass(t, t->str);
		return;
	case DW_FORM_data1:
		bytes_skip(in, 1);
		return;
	case DW_FORM_data2:
		bytes_skip(in, 2);
		return;
	case DW_FORM_data4:
		bytes_skip(in, 4);
		return;
	case DW_FORM_data8:
		bytes_skip(in, 8);
		return;
	case DW_FORM_data16:
		bytes_skip(in, 16);
		return;
	case DW_FORM_udata:
		leb_read(in);
		return;
	default:
		bytes_skip(in, leb_read(in)); /* DW_FORM_block */
	}
}

/* Version 5: the format of the entries, their number, the entries. */
static bool new_list_check(struct table *t)
{
	struct bytes *in = &t->in;
	struct format formats[MAX_FORMATS];
	uint8_t n_formats = bytes_u8(in);
	uint64_t n_entries;

	for (unsigned i = 0; i < n_formats; i++) {
		formats[i].content = leb_read(in);
		formats[i].form = leb_read(in);
		/* libdw keeps only 16 bits of both. */
		if (formats[i].content > UINT16_MAX || !is_form_of(&formats[i]))
			return false;
	}
	n_entries = leb_read(in);
	if (!n_formats && n_entries)
		return false;
	t->n_files += n_entries;
	for (uint64_t i = 0; i < n_entries && !in->failed; i++)
		for (unsigned k = 0; k < n_formats; k++)
			field_pass(t, formats[k].form);
	return !in->failed;
}

/* Leaves t->in at the end of the header. */
static bool header_check(struct table *t)
{
	if (!fixed_fields_check(t) || !opcode_lengths_check(t))
		return false;
	if (t->version < 5)
		old_lists_pass(t);
	else if (!new_list_check(t) || !new_list_check(t))
		return false;
	return !t->in.failed && !bytes_left(&t->in);
}

/* An instruction that states its length. libdw ignores the length if it knows the
 * instruction, so it must be that of the operands. */
static bool extended_opcode_check(struct table *t, struct bytes *in)
{
	struct bytes operands = bytes_sub(in, bytes_u8(in));
	uint8_t opcode = bytes_u8(&operands);

	switch (opcode) {
	case DW_LNE_end_sequence:
		break;
	case DW_LNE_set_address:
		bytes_skip(&operands, t->address_size);
		break;
	case DW_LNE_set_discriminator:
		leb_read(&operands);
		break;
	case DW_LNE_define_file:
		return false;
	default:
		/* Only NVIDIA's compilers, not for programs of this machine. */
		if (opcode >= DW_LNE_lo_user)
			return false;
		bytes_skip(&operands, bytes_left(&operands));
	}
	return !operands.failed && !bytes_left(&operands);
}

static bool program_check(struct table *t, struct bytes in)
{
	while (bytes_left(&in)) {
		uint8_t opcode = bytes_u8(&in);

		/* Of the others, none adds a line. */
		t->n_lines += opcode >= t->opcode_base || opcode <= DW_LNS_copy;
		if (opcode >= t->opcode_base)
			continue;
		if (!opcode) {
			if (!extended_opcode_check(t, &in))
				return false;
		} else if (opcode == DW_LNS_fixed_advance_pc) {
			bytes_skip(&in, sizeof(uint16_t));
		} else {
			for (unsigned i = t->opcode_lengths[opcode - 1]; i; i--)
				leb_read(&in);
		}
	}
	return !in.failed;
}

/* Also adds the bytes that it passed to *passed. */
static bool table_check(const struct line_table *table, uint64_t *memory,
			uint64_t *passed)
{
	struct table t = {.address_size = table->address_size,
			  .line_str = table->line_str,
			  .str = table->str,
			  .longest = table->directory_len};
	struct bytes section = table->line, unit;

	assert(t.address_size == 4 || t.address_size == 8);
	*memory = 0;
	bytes_skip(&section, table->offset);
	if (!unit_length_check(&t, section))
		return false;
	unit = t.in;
	*passed += bytes_left(&unit);
	if (!header_check(&t) || t.longest > MAX_PATH)
		return false;
	unit.at = t.in.at;
	if (!program_check(&t, unit))
		return false;
	*memory = t.n_lines * LINE_MEMORY + t.n_files * (FILE_MEMORY + 3 * t.longest);
	return true;
}

bool line_table_check(const struct line_table *t, uint64_t *memory)
{
	uint64_t passed = 0;

	return table_check(t, memory, &passed);
}

void line_checks_release(struct line_checks *c)
{
	hashmap_release(&c->by_offset);
	vec_release(&c->items);
}

bool line_checks_find(struct line_checks *c, const struct line_table *t, uint64_t *memory)
{
	uint64_t hash = hash_u64(t->offset, 0);
	uint32_t i = hashmap_find(&c->by_offset, hash, v,
				  c->items.items[v].offset == t->offset);
	bool is_good;

	*memory = 0;
	if (i != HASHMAP_NONE)
		return c->items.items[i].is_good;
	is_good = c->passed <= PASSED_MIN + 2 * t->line.size &&
		  table_check(t, memory, &c->passed);
	hashmap_put(&c->by_offset, hash, narrow_u32(c->items.n));
	vec_push(&c->items, ((struct line_check){t->offset, is_good}));
	return is_good;
}
