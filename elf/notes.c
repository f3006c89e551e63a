#include "elf/notes.h"

enum { NOTE_GNU_BUILD_ID = 3 };

/* Takes 'len' bytes and the padding after them, up to a multiple of 'align' from the
 * start of the block. The last entry may have no padding. */
static const void *padded_field_take(struct bytes *b, size_t len, size_t align)
{
	const void *p = bytes_take(b, len);
	size_t pad = -b->at & (align - 1);

	bytes_skip(b, pad < bytes_left(b) ? pad : bytes_left(b));
	return p;
}

bool notes_build_id(struct bytes b, size_t align, struct build_id *id)
{
	align = align == 8 ? 8 : 4;
	while (bytes_left(&b)) {
		size_t name_len = bytes_u32(&b);
		size_t desc_len = bytes_u32(&b);
		uint32_t type = bytes_u32(&b);
		const void *name = padded_field_take(&b, name_len, align);
		const void *desc = padded_field_take(&b, desc_len, align);

		if (b.failed)
			return false;
		if (type == NOTE_GNU_BUILD_ID && name_len == 4 && desc_len &&
		    memcmp(name, "GNU", 4) == 0) {
			*id = build_id_of(desc, desc_len);
			return true;
		}
	}
	return false;
}
