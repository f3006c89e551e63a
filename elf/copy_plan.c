#include "elf/copy_plan.h"

#include "base/bytes.h"
#include "base/io.h"
#include "base/scoped.h"
#include "elf/elf_file.h"

#include <assert.h>
#include <elf.h>
#include <string.h>
#include <sys/stat.h>

enum {
	WHOLE_SIZE = 256 << 10,	  /* files up to this size are copied whole */
	SMALL_SECTION = 1 << 20,  /* sections up to this size are copied */
	LARGE_SECTION = 64 << 20, /* those with needed names up to this one */
	CODE_MAX = 32 << 20,	  /* each section of code or DWARF */
	SECTIONS_MAX = 4096,
};

/* The tables of headers. */
struct headers {
	uint64_t segments_at, sections_at;
	uint16_t segment_size, n_segments, section_size, n_sections;
};

static void part_add(struct copy_plan *p, struct copy_part part)
{
	assert(p->n < COPY_PARTS_MAX);
	p->parts[p->n++] = part;
}

static void needed_add(struct copy_plan *p, uint64_t at, uint64_t size)
{
	part_add(p, (struct copy_part){.at = at, .size = size, .need = COPY_NEEDED});
}

static uint64_t word_read(struct bytes *b, bool is_wide)
{
	return is_wide ? bytes_u64(b) : bytes_u32(b);
}

/* Adds the ELF header and both tables of headers. */
static bool headers_add(struct copy_plan *p, int fd, struct headers *h)
{
	uint8_t head[sizeof(Elf64_Ehdr)] = {0};
	ssize_t got = io_read_at(fd, head, sizeof(head), 0);
	struct bytes b = bytes_of(head, sizeof(head));
	bool is_wide = head[EI_CLASS] == ELFCLASS64;

	if (got < (ssize_t)sizeof(Elf32_Ehdr) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return false;
	b.swapped = (head[EI_DATA] == ELFDATA2MSB) !=
		    (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	p->is_swapped = b.swapped;
	bytes_skip(&b, EI_NIDENT + 2 + 2 + 4); /* type, machine, version */
	word_read(&b, is_wide);		       /* entry */
	h->segments_at = word_read(&b, is_wide);
	h->sections_at = word_read(&b, is_wide);
	bytes_skip(&b, 4 + 2); /* flags, own size */
	h->segment_size = bytes_u16(&b);
	h->n_segments = bytes_u16(&b);
	h->section_size = bytes_u16(&b);
	h->n_sections = bytes_u16(&b);
	needed_add(p, 0, (uint64_t)got);
	needed_add(p, h->segments_at, (uint64_t)h->segment_size * h->n_segments);
	needed_add(p, h->sections_at, (uint64_t)h->section_size * h->n_sections);
	return true;
}

/* Sections are copied in this order. */
enum part { PART_NEEDED, PART_CODE, PART_DWARF, PART_NEVER };

static bool has_prefix(const char *name, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static enum part part_of(const struct elf_section *s)
{
	static const char *const needed[] = {
		".symtab",   ".strtab",	     ".shstrtab",   ".dynsym",	  ".dynstr",
		".eh_frame", ".debug_frame", ".note",	    ".gopclntab", ".go.",
		".rel",	     ".gnu_debug",   ".data.rel.ro"};
	static const char *const dwarf[] = {".debug_", ".zdebug_"};

	if (s->type == SHT_NOBITS || s->type == SHT_NULL)
		return PART_NEVER;
	if (has_prefix(s->name, needed, array_size(needed)))
		return s->size <= LARGE_SECTION ? PART_NEEDED : PART_NEVER;
	if (has_prefix(s->name, dwarf, array_size(dwarf)))
		return s->size <= CODE_MAX ? PART_DWARF : PART_NEVER;
	if (s->size <= SMALL_SECTION)
		return PART_NEEDED;
	return s->flags & SHF_EXECINSTR && s->size <= CODE_MAX ? PART_CODE : PART_NEVER;
}

/* Where the type of a section is that a copy may lack. Code keeps its type: symbols refer
 * to it. */
static uint64_t type_at(const struct headers *h, const struct elf_section *s,
			size_t number)
{
	if (s->flags & SHF_EXECINSTR || number >= h->n_sections)
		return 0;
	return h->sections_at + number * h->section_size + 4;
}

static void sections_add(struct copy_plan *p, struct elf_file *f, const struct headers *h)
{
	static const enum copy_need needs[] = {[PART_NEEDED] = COPY_NEEDED,
					       [PART_CODE] = COPY_WANTED,
					       [PART_DWARF] = COPY_WANTED,
					       [PART_NEVER] = COPY_NEVER};
	const struct elf_section *s;

	for (enum part part = PART_NEEDED; part <= PART_NEVER; part++)
		for (size_t i = 0; i < SECTIONS_MAX && (s = elf_file_section(f, i)); i++)
			if (part_of(s) == part && s->type != SHT_NULL)
				part_add(p,
					 (struct copy_part){.at = s->file_off,
							    .size = s->size,
							    .type_at = type_at(h, s, i),
							    .need = needs[part]});
}

bool copy_plan_make(int fd, struct copy_plan *p)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &ignored);
	struct headers headers;
	struct stat st;

	p->n = 0;
	p->is_swapped = false;
	if (!f || fstat(fd, &st) < 0 || st.st_size < 0)
		return false;
	if (st.st_size <= WHOLE_SIZE) {
		needed_add(p, 0, (uint64_t)st.st_size);
		return true;
	}
	if (!headers_add(p, fd, &headers))
		return false;
	sections_add(p, f, &headers);
	return true;
}
