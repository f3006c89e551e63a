#include "record/data/simpleperf/file_entry.h"

#include "base/narrow.h"

#include <string.h>

/* Fields of the message FileFeature and of its parts. */
enum {
	FIELD_PATH = 1,
	FIELD_TYPE = 2,
	FIELD_MIN_VADDR = 3,
	FIELD_SYMBOL = 4,
	FIELD_ELF_FILE = 6,
	FIELD_SYMBOL_VADDR = 1,
	FIELD_SYMBOL_LEN = 2,
	FIELD_SYMBOL_NAME = 3,
	FIELD_ELF_MIN_OFFSET = 1,
};

/* One field of a protocol buffer: a number, or bytes. */
struct proto_field {
	uint32_t number;
	uint64_t value;
	struct bytes bytes; /* empty for numbers */
};

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* Numbers of protocol buffers are little-endian on all machines; only varints matter
 * here. */
static bool proto_next(struct proto_field *field, struct bytes *b)
{
	uint64_t key;

	if (!bytes_left(b))
		return false;
	key = bytes_uleb(b);
	*field = (struct proto_field){.number = (uint32_t)(key >> 3),
				      .bytes = bytes_of(NULL, 0)};
	switch (key & 7) {
	case WIRE_VARINT:
		field->value = bytes_uleb(b);
		break;
	case WIRE_64:
		bytes_skip(b, 8);
		break;
	case WIRE_BYTES:
		field->bytes = bytes_sub(b, bytes_uleb(b));
		break;
	case WIRE_32:
		bytes_skip(b, 4);
		break;
	default:
		b->failed = true;
		break;
	}
	return !b->failed;
}

void file_entry_release(struct file_entry *f)
{
	vec_release(&f->symbols);
}

static enum file_entry_type type_of(uint64_t type)
{
	return type < FILE_ENTRY_UNKNOWN ? (enum file_entry_type)type
					 : FILE_ENTRY_UNKNOWN;
}

static void proto_symbol_read(struct file_entry *f, struct bytes b)
{
	struct file_entry_symbol s = {.name = ""};
	struct proto_field field;

	while (proto_next(&field, &b)) {
		if (field.number == FIELD_SYMBOL_VADDR)
			s.vaddr = field.value;
		else if (field.number == FIELD_SYMBOL_LEN)
			s.len = (uint32_t)field.value;
		else if (field.number == FIELD_SYMBOL_NAME) {
			s.name = (const char *)field.bytes.data;
			s.name_len = narrow_u32(field.bytes.size);
		}
	}
	vec_push(&f->symbols, s);
}

static void proto_elf_read(struct file_entry *f, struct bytes b)
{
	struct proto_field field;

	f->min_offset = 0; /* the default is not written */
	while (proto_next(&field, &b))
		if (field.number == FIELD_ELF_MIN_OFFSET)
			f->min_offset = field.value;
}

static bool proto_entry_read(struct file_entry *f, struct bytes *b)
{
	struct proto_field field;
	bool has_offset = false;

	while (proto_next(&field, b)) {
		switch (field.number) {
		case FIELD_PATH:
			f->path = (const char *)field.bytes.data;
			f->path_len = field.bytes.size;
			break;
		case FIELD_TYPE:
			f->type = type_of(field.value);
			break;
		case FIELD_MIN_VADDR:
			f->min_vaddr = field.value;
			break;
		case FIELD_SYMBOL:
			proto_symbol_read(f, field.bytes);
			break;
		case FIELD_ELF_FILE:
			proto_elf_read(f, field.bytes);
			has_offset = true;
			break;
		default:
			break;
		}
	}
	if (!has_offset)
		f->min_offset = 0;
	return !b->failed;
}

/* The string up to its NUL. */
static const char *string_take(struct bytes *b, size_t *len)
{
	const char *s = (const char *)b->data + b->at;

	*len = strnlen(s, bytes_left(b));
	bytes_skip(b, *len + 1);
	return s;
}

static bool plain_entry_read(struct file_entry *f, struct bytes *b)
{
	uint32_t n;

	f->path = string_take(b, &f->path_len);
	f->type = type_of(bytes_u32(b));
	f->min_vaddr = bytes_u64(b);
	for (n = bytes_u32(b); n && !b->failed; n--) {
		struct file_entry_symbol s = {.vaddr = bytes_u64(b)};
		size_t len;

		s.len = bytes_u32(b);
		s.name = string_take(b, &len);
		s.name_len = narrow_u32(len);
		if (!b->failed)
			vec_push(&f->symbols, s);
	}
	/* Older versions lack the offset, and have files that are mapped from their
	 * start. */
	if (f->type == FILE_ENTRY_ELF && bytes_left(b) >= 8)
		f->min_offset = bytes_u64(b);
	return !b->failed;
}

bool file_entry_next(struct file_entry *f, struct bytes *section, bool is_proto)
{
	struct bytes entry;

	if (!bytes_left(section))
		return false;
	entry = bytes_sub(section, bytes_u32(section));
	f->path = "";
	f->path_len = 0;
	f->type = FILE_ENTRY_KERNEL; /* the default of FILE2 */
	f->min_vaddr = f->min_offset = 0;
	f->symbols.n = 0;
	return !entry.failed &&
	       (is_proto ? proto_entry_read : plain_entry_read)(f, &entry);
}

uint64_t file_entry_place(const struct file_entry *f, uint64_t vaddr)
{
	return f->type == FILE_ENTRY_ELF ? vaddr - f->min_vaddr + f->min_offset : vaddr;
}
