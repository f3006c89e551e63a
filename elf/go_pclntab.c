#include "elf/go_pclntab.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "elf/elf_relocs.h"
#include "elf/go_module.h"
#include "elf/go_program.h"

#include <elf.h>

/* No program comes near these. */
enum { MAX_FUNCTIONS = 1 << 22, MAX_TRIES = 8 };

/* Tables are aligned to at least 8 bytes in their section. */
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

static uint64_t word_of(struct bytes *b, size_t size)
{
	return size == 8 ? bytes_u64(b) : bytes_u32(b);
}

static struct bytes at(const struct go_pclntab *t, uint64_t offset)
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

/* The offsets in the header of Go 1.16 and later. */
static void read_offsets(struct bytes *b, const struct version *version, size_t word,
			 struct go_pclntab *t)
{
	uint64_t units;

	(void)word_of(b, word); /* number of files */
	if (version->has_text)
		t->text = word_of(b, word);
	t->names = word_of(b, word);
	units = word_of(b, word);
	(void)word_of(b, word); /* files */
	t->pc_tables = word_of(b, word);
	t->entries = t->details = word_of(b, word);
	t->names_size = units >= t->names ? units - t->names : 0;
}

/* Reads the header that 'b' begins with; 'text' is what it has for the start of the text,
 * 0 since Go 1.26. False where 'b' begins with no header. */
static bool read_header(struct bytes b, size_t *word, struct go_pclntab *t)
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
	t->n = word_of(&b, *word);
	t->entries = b.at;
	if (version->has_header)
		read_offsets(&b, version, *word, t);
	if (t->names > b.size || t->names_size > b.size - t->names)
		return false;
	return !b.failed && t->n && t->n <= MAX_FUNCTIONS;
}

bool go_pclntab_function(const struct go_pclntab *t, uint64_t i,
			 struct go_pclntab_function *fn)
{
	struct bytes b = at(t, t->entries + 2 * i * t->entry_word), record;
	uint64_t start = word_of(&b, t->entry_word), details = word_of(&b, t->entry_word);
	uint64_t end = word_of(&b, t->entry_word);

	record = at(t, t->details + details);
	(void)word_of(&record, t->entry_word);
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
	struct bytes b = at(t, t->names);
	size_t len;

	const char *name;

	if (offset >= t->names_size)
		return NULL;
	bytes_skip(&b, offset);
	len = t->names_size - offset;
	name = bytes_str(&b, len < MAX_NAME ? len : MAX_NAME);
	return b.failed ? NULL : name;
}

/* Whether the entries rise, and each leads to a record of the function that begins
 * there. */
static bool has_good_entries(const struct go_pclntab *t)
{
	struct bytes b = at(t, t->entries);
	uint64_t start = word_of(&b, t->entry_word);

	for (uint64_t i = 0; i < t->n; i++) {
		uint64_t details = word_of(&b, t->entry_word);
		uint64_t end = word_of(&b, t->entry_word);
		struct bytes record = at(t, t->details + details);

		if (b.failed || end < start)
			return false;
		if (details &&
		    (word_of(&record, t->entry_word) != start || record.failed))
			return false;
		start = end;
	}
	return true;
}

/* Whether [start, end) is executable, and in the file. */
static bool is_code(const struct elf_file *f, uint64_t start, uint64_t end)
{
	uint64_t file_off, left;

	return start < end && elf_file_code(f, start, &file_off, &left) &&
	       end - start <= left;
}

/* The vaddrs of the first function and behind the last one. */
static bool bounds(const struct go_pclntab *t, uint64_t *first, uint64_t *last)
{
	struct bytes b = at(t, t->entries);

	*first = t->text + word_of(&b, t->entry_word);
	bytes_skip(&b, (2 * t->n - 1) * t->entry_word);
	*last = t->text + word_of(&b, t->entry_word);
	return !b.failed;
}

/* Takes the start of the text from the module where the header has none: it would have
 * needed a relocation, and since Go 1.26 it is always 0. */
static bool is_confirmed(struct elf_file *f, uint64_t vaddr, size_t word,
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
	return bounds(t, &first, &last) && m.minpc == first && m.maxpc == last &&
	       m.text <= first && last <= m.etext && is_code(f, m.text, m.etext) &&
	       has_good_entries(t);
}

/* Entries of versions before Go 1.18 are pointers. */
static void relocate(struct elf_file *f, uint64_t vaddr, struct go_pclntab *t)
{
	t->owned = mem_resize(NULL, t->all.size, 1);
	memcpy(t->owned, t->all.data, t->all.size);
	elf_relocs_apply(f, vaddr, t->owned, t->all.size);
	t->all.data = t->owned;
}

/* The table that section 'number' holds at any place: an external linker may have put it
 * after other data. */
static bool find_in(struct elf_file *f, size_t number, int *tries, struct go_pclntab *t)
{
	const struct elf_section *s = elf_file_section(f, number);
	struct bytes all = elf_file_data(f, number);

	for (size_t i = 0; i + HEAD < all.size && *tries; i += ALIGN) {
		struct bytes b = bytes_of(all.data + i, all.size - i);
		size_t word;

		b.swapped = all.swapped;
		if (!read_header(b, &word, t))
			continue;
		(*tries)--;
		if (!t->is_counted)
			relocate(f, s->vaddr + i, t);
		if (is_confirmed(f, s->vaddr + i, word, t))
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

	/* Others have a lot to look through in the last one, and nothing to find. */
	if (!go_program_is(f))
		return false;
	for (size_t i = 0; i < array_size(sections); i++) {
		size_t number = elf_file_find(f, sections[i]);

		if (number && find_in(f, number, &tries, t))
			return true;
	}
	return false;
}

void go_pclntab_release(struct go_pclntab *t)
{
	mem_free(t->owned);
	*t = (struct go_pclntab){0};
}
