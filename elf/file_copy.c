#include "elf/file_copy.h"

#include "base/bytes.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/scoped.h"
#include "elf/elf_file.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
	WHOLE_SIZE = 256 << 10,	  /* files up to this size are copied whole */
	SMALL_SECTION = 1 << 20,  /* sections up to this size are copied */
	LARGE_SECTION = 64 << 20, /* those with needed names up to this one */
	CODE_MAX = 32 << 20,	  /* each section of code or DWARF */
	CHUNK = 64 << 10,
	SECTIONS_MAX = 4096,
	BUDGET_MAX = 256 << 20,
	FREE_SHARE = 16,
};

struct copying {
	int from, to;
	uint64_t size; /* of the file */
	size_t left;   /* bytes that may still be copied */
	size_t done;
	/* The section header table. */
	uint64_t headers_at;
	uint16_t header_size, n_headers;
	bool is_swapped;
};

/* Copies the range, or nothing and returns false if it does not fit. */
static bool range_copy(struct copying *c, uint64_t at, uint64_t n)
{
	uint8_t chunk[CHUNK];

	if (at > c->size || n > c->size - at || n > c->left)
		return false;
	for (uint64_t end = at + n; at < end;) {
		size_t want = end - at < CHUNK ? end - at : CHUNK;
		ssize_t got = io_read_at(c->from, chunk, want, at);

		if (got <= 0 || pwrite(c->to, chunk, (size_t)got, (off_t)at) != got)
			return false;
		at += (uint64_t)got;
	}
	c->left -= n;
	c->done += n;
	return true;
}

static uint64_t word_read(struct bytes *b, bool is_wide)
{
	return is_wide ? bytes_u64(b) : bytes_u32(b);
}

/* Copies the ELF header and both tables of headers. */
static bool headers_copy(struct copying *c)
{
	uint8_t head[sizeof(Elf64_Ehdr)] = {0};
	ssize_t got = io_read_at(c->from, head, sizeof(head), 0);
	struct bytes b = bytes_of(head, sizeof(head));
	bool is_wide = head[EI_CLASS] == ELFCLASS64;
	uint64_t segments_at;
	uint16_t segment_size, n_segments;

	if (got < (ssize_t)sizeof(Elf32_Ehdr) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return false;
	b.swapped = (head[EI_DATA] == ELFDATA2MSB) !=
		    (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	c->is_swapped = b.swapped;
	bytes_skip(&b, EI_NIDENT + 2 + 2 + 4); /* type, machine, version */
	word_read(&b, is_wide);		       /* entry */
	segments_at = word_read(&b, is_wide);
	c->headers_at = word_read(&b, is_wide);
	bytes_skip(&b, 4 + 2); /* flags, own size */
	segment_size = bytes_u16(&b);
	n_segments = bytes_u16(&b);
	c->header_size = bytes_u16(&b);
	c->n_headers = bytes_u16(&b);
	return range_copy(c, 0, (uint64_t)got) &&
	       range_copy(c, segments_at, (uint64_t)segment_size * n_segments) &&
	       range_copy(c, c->headers_at, (uint64_t)c->header_size * c->n_headers);
}

/* Sections are copied in this order. */
enum part { PART_NEEDED, PART_CODE, PART_DWARF, PARTS, PART_NEVER };

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

/* Changes the type of a section in the copy: readers must not take a hole for zeros. */
static void section_hide(const struct copying *c, size_t number)
{
	uint32_t type = SHT_NOBITS;
	uint64_t at = c->headers_at + number * c->header_size + 4;

	if (c->is_swapped)
		type = __builtin_bswap32(type);
	if (number < c->n_headers && at < c->size)
		(void)!pwrite(c->to, &type, sizeof(type), (off_t)at);
}

static bool sections_copy(struct copying *c, struct elf_file *f)
{
	const struct elf_section *s;
	bool copied[SECTIONS_MAX] = {0};

	for (enum part part = PART_NEEDED; part < PARTS; part++)
		for (size_t i = 0; i < SECTIONS_MAX && (s = elf_file_section(f, i));
		     i++) {
			if (part_of(s) != part)
				continue;
			copied[i] = range_copy(c, s->file_off, s->size);
			if (!copied[i] && part == PART_NEEDED)
				return false;
		}
	for (size_t i = 0; i < SECTIONS_MAX && (s = elf_file_section(f, i)); i++)
		if (!copied[i] && s->type != SHT_NULL && !(s->flags & SHF_EXECINSTR))
			section_hide(c, i);
	return true;
}

static bool file_copy_all(struct copying *c)
{
	return range_copy(c, 0, c->size);
}

static bool file_copy_parts(struct copying *c)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(c->from, &ignored);

	if (!f)
		return false;
	if (c->size <= WHOLE_SIZE)
		return file_copy_all(c);
	return headers_copy(c) && sections_copy(c, f);
}

static int file_copy(int fd, size_t most, bool (*copy)(struct copying *c), size_t *bytes)
{
	scoped(fd_close) int to =
		memfd_create("flame-file", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct copying c = {.from = fd, .to = to, .left = most};
	char self[64];
	struct stat st;

	if (to < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    ftruncate(to, st.st_size) < 0)
		return -1;
	c.size = (uint64_t)st.st_size;
	if (!copy(&c))
		return -1;
	(void)fcntl(to, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
	*bytes = c.done;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", to);
	return open(self, O_RDONLY | O_CLOEXEC);
}

int file_copy_make(int fd, size_t most, size_t *bytes)
{
	return file_copy(fd, most, file_copy_parts, bytes);
}

int file_copy_whole(int fd, size_t most, size_t *bytes)
{
	return file_copy(fd, most, file_copy_all, bytes);
}

size_t file_copy_budget(void)
{
	unsigned long long available_kb = 0;
	char line[256];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %llu", &available_kb) == 1)
			break;
	if (f)
		fclose(f);
	available_kb /= FREE_SHARE;
	return available_kb << 10 < BUDGET_MAX ? (size_t)available_kb << 10 : BUDGET_MAX;
}
