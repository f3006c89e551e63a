#include "elf/go_pclntab.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "elf/elf_relocs.h"
#include "elf/go_module.h"
#include "elf/go_program.h"

#include <assert.h>
#include <elf.h>

/* No program comes near these; larger values are hostile. */
enum { MAX_FUNCTIONS = 1 << 22, MAX_TRIES = 8 };

/* A table is aligned to 8 bytes or more in its section. */
enum { ALIGN = 8, HEAD = 8, MAX_NAME = 1 << 16 };

/* Offsets in a function's record, counted from the offset of its name. */
enum { PCSP_AT = 12, FLAGS_AT_1_16 = 32, FLAGS_AT_1_20 = 36 };

struct version {
	uint32_t magic;	  /* Go's abi.PCLnTabMagic */
	bool has_header;  /* of offsets */
	bool has_text;	  /* starts are counted from the text's, with 4 bytes */
	uint8_t flags_at; /* as in struct go_pclntab */
};

static const struct version versions[] = {
	{.magic = 0xfffffffb},						      /* 1.2 */
	{.magic = 0xfffffffa, .has_header = true, .flags_at = FLAGS_AT_1_16}, /* 1.16 */
	{.magic = 0xfffffff0,
	 .has_header = true,
	 .has_text = true,
	 .flags_at = FLAGS_AT_1_16}, /* 1.18 */
	{.magic = 0xfffffff1,
	 .has_header = true,
	 .has_text = true,
	 .flags_at = FLAGS_AT_1_20}, /* 1.20 */
};

static uint64_t word_read(struct bytes *b, size_t size)
{
	return size == 8 ? bytes_u64(b) : bytes_u32(b);
}

static struct bytes bytes_from(const struct go_pclntab *t, uint64_t offset)
{
	struct bytes b = t->all;

	bytes_skip(&b, offset);
	return b;
}

static const struct version *version_of(uint32_t magic)
{
	for (size_t i = 0; i < array_size(versions); i++)
		if (versions[i].magic == magic)
			return &versions[i];
	return NULL;
}

/* Reads the offsets in the header of Go 1.16 and later. */
static void header_offsets_read(struct bytes *b, const struct version *version,
				size_t word, struct go_pclntab *t)
{
	uint64_t units;

	(void)word_read(b, word); /* number of files */
	if (version->has_text)
		t->text = word_read(b, word);
	t->names = word_read(b, word);
	units = word_read(b, word);
	(void)word_read(b, word); /* files */
	t->pc_tables = word_read(b, word);
	t->entries = t->details = word_read(b, word);
	t->names_size = units >= t->names ? units - t->names : 0;
}

/* Reads the header at the start of 'b'; t->text is the start of the text, 0 since Go
 * 1.26. Returns false if there is no header. */
static bool header_read(struct bytes b, size_t *word, struct go_pclntab *t)
{
	const struct version *version = version_of(bytes_u32(&b));
	uint16_t pad = bytes_u16(&b);
	uint8_t quantum = bytes_u8(&b);

	*word = bytes_u8(&b);
	if (!version || b.failed || pad ||
	    (quantum != 1 && quantum != 2 && quantum != 4) || (*word != 4 && *word != 8))
		return false;
	*t = (struct go_pclntab){
		.all = bytes_of(b.data, b.size),
		.magic = version->magic,
		.is_counted = version->has_text,
		.quantum = quantum,
		.flags_at = version->flags_at,
		.entry_word = version->has_text ? 4 : (uint8_t)*word,
		.names_size = b.size,
	};
	t->all.swapped = b.swapped;
	t->n = word_read(&b, *word);
	t->entries = b.at;
	if (version->has_header)
		header_offsets_read(&b, version, *word, t);
	if (t->names > b.size || t->names_size > b.size - t->names)
		return false;
	return !b.failed && t->n && t->n <= MAX_FUNCTIONS;
}

bool go_pclntab_function(const struct go_pclntab *t, uint64_t i,
			 struct go_pclntab_function *fn)
{
	struct bytes b = bytes_from(t, t->entries + 2 * i * t->entry_word), record;
	uint64_t start = word_read(&b, t->entry_word),
		 details = word_read(&b, t->entry_word);
	uint64_t end = word_read(&b, t->entry_word);

	assert(i < t->n);
	record = bytes_from(t, t->details + details);
	(void)word_read(&record, t->entry_word);
	fn->start = t->text + start;
	fn->end = t->text + end;
	fn->name = bytes_u32(&record);
	bytes_skip(&record, PCSP_AT - sizeof(fn->name));
	fn->pcsp = bytes_u32(&record);
	fn->id = fn->flags = 0;
	if (t->flags_at) {
		bytes_skip(&record, t->flags_at - PCSP_AT - sizeof(fn->pcsp));
		fn->id = bytes_u8(&record);
		fn->flags = bytes_u8(&record);
	}
	return !b.failed && !record.failed && details && start < end;
}

const char *go_pclntab_name(const struct go_pclntab *t, uint32_t offset)
{
	struct bytes b = bytes_from(t, t->names);
	const char *name;
	size_t len;

	if (offset >= t->names_size)
		return NULL;
	bytes_skip(&b, offset);
	len = t->names_size - offset;
	name = bytes_str(&b, len < MAX_NAME ? len : MAX_NAME);
	return b.failed ? NULL : name;
}

/* Whether the entries are in order, and each has the offset of a record with the same
 * start. */
static bool entries_are_valid(const struct go_pclntab *t)
{
	struct bytes b = bytes_from(t, t->entries);
	uint64_t start = word_read(&b, t->entry_word);

	for (uint64_t i = 0; i < t->n; i++) {
		uint64_t details = word_read(&b, t->entry_word);
		uint64_t end = word_read(&b, t->entry_word);
		struct bytes record = bytes_from(t, t->details + details);

		if (b.failed || end < start)
			return false;
		if (details &&
		    (word_read(&record, t->entry_word) != start || record.failed))
			return false;
		start = end;
	}
	return true;
}

/* Whether [start, end) is executable and in the file. */
static bool range_is_code(const struct elf_file *f, uint64_t start, uint64_t end)
{
	uint64_t file_off, left;

	return start < end && elf_file_code(f, start, &file_off, &left) &&
	       end - start <= left;
}

/* Sets *first to the vaddr of the first function, and *last to the end of the last
 * one. */
static bool functions_bounds(const struct go_pclntab *t, uint64_t *first, uint64_t *last)
{
	struct bytes b = bytes_from(t, t->entries);

	*first = t->text + word_read(&b, t->entry_word);
	bytes_skip(&b, (2 * t->n - 1) * t->entry_word);
	*last = t->text + word_read(&b, t->entry_word);
	return !b.failed;
}

/* Whether the file's module agrees with the table. Takes the start of the text from the
 * module if the header has none: it would need a relocation, and is always 0 since Go
 * 1.26. */
static bool table_is_confirmed(struct elf_file *f, uint64_t vaddr, size_t word,
			       struct go_pclntab *t)
{
	const struct go_module_question question = {
		.pclntab = vaddr,
		.word = word,
		.is_old = t->magic == versions[0].magic,
		.functions = vaddr + t->entries,
		.n_entries = t->n + 1,
	};
	struct go_module m;
	uint64_t first, last;

	if (!go_module_find(f, &question, &m))
		return false;
	if (t->is_counted && !t->text)
		t->text = m.text;
	if (t->is_counted && t->text != m.text)
		return false;
	return functions_bounds(t, &first, &last) && m.minpc == first &&
	       m.maxpc == last && m.text <= first && last <= m.etext &&
	       range_is_code(f, m.text, m.etext) && entries_are_valid(t);
}

/* Applies relocations to a copy of the table: entries of versions before Go 1.18 are
 * pointers. */
static void table_relocate(struct elf_file *f, uint64_t vaddr, struct go_pclntab *t)
{
	t->owned = mem_resize(NULL, t->all.size, 1);
	memcpy(t->owned, t->all.data, t->all.size);
	elf_relocs_apply(f, vaddr, t->owned, t->all.size);
	t->all.data = t->owned;
}

/* Finds the table at any place in section 'number': an external linker may have put other
 * data before it. */
static bool table_find_in_section(struct elf_file *f, size_t number, int *tries,
				  struct go_pclntab *t)
{
	const struct elf_section *s = elf_file_section(f, number);
	struct bytes all = elf_file_data(f, number);

	for (size_t i = 0; i + HEAD < all.size && *tries; i += ALIGN) {
		struct bytes b = bytes_of(all.data + i, all.size - i);
		size_t word;

		b.swapped = all.swapped;
		if (!header_read(b, &word, t))
			continue;
		(*tries)--;
		if (!t->is_counted)
			table_relocate(f, s->vaddr + i, t);
		if (table_is_confirmed(f, s->vaddr + i, word, t))
			return true;
		go_pclntab_release(t);
	}
	return false;
}

bool go_pclntab_find(struct elf_file *f, struct go_pclntab *t)
{
	static const char *const sections[] = {".gopclntab", ".data.rel.ro.gopclntab",
					       ".data.rel.ro"};
	int tries = MAX_TRIES;

	/* Other programs have a large .data.rel.ro without a table. */
	if (!go_program_is(f))
		return false;
	for (size_t i = 0; i < array_size(sections); i++) {
		size_t number = elf_file_find(f, sections[i]);

		if (number && table_find_in_section(f, number, &tries, t))
			return true;
	}
	return false;
}

void go_pclntab_release(struct go_pclntab *t)
{
	mem_free(t->owned);
	*t = (struct go_pclntab){0};
}
