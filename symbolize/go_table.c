#include "symbolize/go_table.h"

#include "base/scoped.h"

#include <elf.h>

/* What the table begins with, by the version of Go that changed it. */
enum {
	GO_1_2 = 0xfffffffb,
	GO_1_16 = 0xfffffffa,
	GO_1_18 = 0xfffffff0,
	GO_1_20 = 0xfffffff1,
};

/* No program comes near these. */
enum { MAX_FUNCTIONS = 1 << 22, MAX_TRIES = 16 };

struct go_table {
	struct bytes all;
	size_t entry_size; /* in bytes, of each half of an item */
	uint64_t n, items; /* how many, and where: each function's start, and its place */
	uint64_t places;   /* what a place is counted from */
	uint64_t names;
	uint64_t text_start;	/* what a start is counted from */
	uint64_t text_start_at; /* where that stands, 0: nowhere */
};

static uint64_t number(struct bytes *b, size_t size)
{
	return size == 8 ? bytes_u64(b) : bytes_u32(b);
}

static struct bytes at(const struct go_table *t, uint64_t offset)
{
	struct bytes b = t->all;

	bytes_skip(&b, offset);
	return b;
}

/* The table that 'b' begins with; false where it begins with something else. */
static bool read_header(struct bytes b, struct go_table *t)
{
	uint32_t magic = bytes_u32(&b);
	uint16_t zero = bytes_u16(&b);
	uint8_t quantum = bytes_u8(&b), size = bytes_u8(&b);

	*t = (struct go_table){.all = bytes_of(b.data, b.size)};
	t->all.swapped = b.swapped;
	if (b.failed || zero || (quantum != 1 && quantum != 2 && quantum != 4) ||
	    (size != 4 && size != 8))
		return false;
	if (magic != GO_1_2 && magic != GO_1_16 && magic != GO_1_18 && magic != GO_1_20)
		return false;
	t->n = number(&b, size);
	t->entry_size = size;
	t->items = b.at;
	if (magic == GO_1_2)
		return !b.failed;
	(void)number(&b, size); /* of files */
	if (magic != GO_1_16) {
		t->entry_size = 4;
		t->text_start_at = b.at;
		t->text_start = number(&b, size);
	}
	t->names = number(&b, size);
	bytes_skip(&b, (size_t)3 * size); /* units, files, lines */
	t->items = t->places = number(&b, size);
	return !b.failed;
}

/* What a relocation writes to 'vaddr' as the file is loaded; 0 for what none writes to. */
static uint64_t relocated(struct elf_file *f, uint64_t vaddr)
{
	uint32_t relative = elf_file_machine(f) == EM_X86_64	? R_X86_64_RELATIVE
			    : elf_file_machine(f) == EM_AARCH64 ? R_AARCH64_RELATIVE
								: 0;
	const struct elf_section *s;

	for (size_t i = 1; relative && (s = elf_file_section(f, i)); i++) {
		struct bytes b;

		if (s->type != SHT_RELA || !(s->flags & SHF_ALLOC))
			continue;
		b = elf_file_data(f, i);
		while (bytes_left(&b) >= sizeof(Elf64_Rela)) {
			uint64_t where = bytes_u64(&b), info = bytes_u64(&b);
			uint64_t addend = bytes_u64(&b);

			if (where == vaddr && ELF64_R_TYPE(info) == relative)
				return addend;
		}
	}
	return 0;
}

/* The name of the function whose place is 'place'; NULL where the entry there is not one of
 * 'start'. Takes its length off '*left', as many may claim the same long one; behind one that
 * does not fit none does. */
static const char *name_at(const struct go_table *t, uint64_t start, uint64_t place,
			   size_t *left, struct arena *text)
{
	struct bytes b = at(t, t->places + place);
	uint64_t told = number(&b, t->entry_size);
	uint32_t offset = bytes_u32(&b);
	const char *name;
	size_t len, limit;

	if (b.failed || told != start)
		return NULL;
	b = at(t, t->names + offset);
	limit = bytes_left(&b) < *left ? bytes_left(&b) : *left;
	name = bytes_take(&b, limit);
	len = limit ? strnlen(name, limit) : 0;
	if (len == limit)
		*left = 0;
	if (!len || len == limit)
		return NULL;
	*left -= len;
	return arena_str(text, name, len);
}

static bool add_all(const struct elf_file *f, const struct go_table *t,
		    struct symbol_choice *choice, struct arena *text)
{
	struct bytes items = at(t, t->items);
	uint64_t next = number(&items, t->entry_size);
	size_t before = choice->items.n, left = t->all.size;

	for (uint64_t i = 0; i < t->n && i < MAX_FUNCTIONS; i++) {
		uint64_t start = next, place = number(&items, t->entry_size), room;
		struct candidate c = {.binding = BINDING_LOCAL};

		next = number(&items, t->entry_size);
		if (items.failed || next <= start)
			break;
		if (!elf_file_code(f, t->text_start + start, &c.start, &room))
			continue;
		c.end = c.start + (next - start < room ? next - start : room);
		c.name = name_at(t, start, place, &left, text);
		if (c.name)
			vec_push(&choice->items, c);
	}
	return choice->items.n > before;
}

/* The table that section 'number' has somewhere: a linker may have put it behind other data. */
static bool add_from(struct elf_file *f, size_t number, struct symbol_choice *choice,
		     struct arena *text)
{
	const struct elf_section *s = elf_file_section(f, number);
	struct bytes all = elf_file_data(f, number);
	struct go_table t;
	int tries = 0;

	for (size_t i = 0; i + 8 < all.size && tries < MAX_TRIES; i += 8) {
		struct bytes b = bytes_of(all.data + i, all.size - i);

		b.swapped = all.swapped;
		if (!read_header(b, &t))
			continue;
		tries++;
		if (t.text_start_at && !t.text_start)
			t.text_start = relocated(f, s->vaddr + i + t.text_start_at);
		if (add_all(f, &t, choice, text))
			return true;
	}
	return false;
}

bool go_table_add(struct elf_file *f, struct symbol_choice *choice, struct arena *text)
{
	static const char *const sections[] = {".gopclntab", ".data.rel.ro.gopclntab",
					       ".data.rel.ro"};

	/* Others have a lot to look through in the last one, and nothing to find. */
	if (!elf_file_find(f, ".note.go.buildid"))
		return false;
	for (size_t i = 0; i < array_size(sections); i++) {
		size_t number = elf_file_find(f, sections[i]);

		if (number && add_from(f, number, choice, text))
			return true;
	}
	return false;
}
