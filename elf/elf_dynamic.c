#include "elf/elf_dynamic.h"

#include "base/bytes.h"

#include <gelf.h>

/* No program comes near these; larger values are hostile. */
enum {
	MAX_HEADERS = 256,
	MAX_ENTRIES = 1024, /* of PT_DYNAMIC */
	MAX_SYMBOLS = 1 << 22,
	MAX_BUCKETS = 1 << 22,
	EH_FRAME_MAX = 256 << 20,
	FRAME_FORM = 0x1b, /* of the address of .eh_frame: signed, relative to itself */
};

/* The part of the dynamic table that leads to the symbols: vaddrs and sizes. */
struct dynamic {
	uint64_t symbols, strings, strings_size, hash, gnu_hash;
};

struct finding {
	Elf *elf;
	bool is_wide;
	struct elf_dynamic_table *tables; /* the caller's; from 1 up for links */
	size_t n;
	/* Only the first of each counts: libelf keeps all that is read. */
	bool has_frames, has_symbols;
};

static struct elf_dynamic_table *table_add(struct finding *f, const char *name,
					   uint32_t type)
{
	struct elf_dynamic_table *t;

	if (f->n == ELF_DYNAMIC_TABLES)
		return NULL;
	t = &f->tables[f->n++];
	*t = (struct elf_dynamic_table){.name = name, .type = type};
	return t;
}

/* Finds the segment with a vaddr. Sets the position in the file and the bytes left. */
static bool vaddr_find(const struct finding *f, uint64_t vaddr, uint64_t *file_off,
		       uint64_t *left)
{
	size_t n = 0;

	if (elf_getphdrnum(f->elf, &n) < 0)
		return false;
	for (size_t i = 0; i < n && i < MAX_HEADERS; i++) {
		GElf_Phdr p;

		if (!gelf_getphdr(f->elf, (int)i, &p) || p.p_type != PT_LOAD ||
		    vaddr - p.p_vaddr >= p.p_filesz ||
		    p.p_offset + p.p_filesz < p.p_offset)
			continue;
		*file_off = p.p_offset + (vaddr - p.p_vaddr);
		*left = p.p_filesz - (vaddr - p.p_vaddr);
		return true;
	}
	return false;
}

/* Bytes of the file; fewer than 'size' if the segment ends, none if it does not exist. */
static struct bytes bytes_at(const struct finding *f, uint64_t vaddr, uint64_t size)
{
	uint64_t file_off, left;
	Elf_Data *data;

	if (!vaddr_find(f, vaddr, &file_off, &left) || file_off > INT64_MAX)
		return bytes_of(NULL, 0);
	data = elf_getdata_rawchunk(f->elf, (int64_t)file_off, size < left ? size : left,
				    ELF_T_BYTE);
	return data && data->d_buf ? bytes_of(data->d_buf, data->d_size)
				   : bytes_of(NULL, 0);
}

static uint64_t word_read(const struct finding *f, struct bytes *b)
{
	return f->is_wide ? bytes_u64(b) : bytes_u32(b);
}

static struct dynamic dynamic_read(const struct finding *f, uint64_t vaddr, uint64_t size)
{
	uint64_t most = MAX_ENTRIES * 2 * (f->is_wide ? 8 : 4);
	struct bytes b = bytes_at(f, vaddr, size < most ? size : most);
	struct dynamic d = {.symbols = 0};

	while (bytes_left(&b)) {
		uint64_t tag = word_read(f, &b), value = word_read(f, &b);

		if (b.failed || tag == DT_NULL)
			break;
		if (tag == DT_SYMTAB)
			d.symbols = value;
		else if (tag == DT_STRTAB)
			d.strings = value;
		else if (tag == DT_STRSZ)
			d.strings_size = value;
		else if (tag == DT_HASH)
			d.hash = value;
		else if (tag == DT_GNU_HASH)
			d.gnu_hash = value;
	}
	return d;
}

/* The number of symbols is that of the chains of the hash table. */
static uint64_t hash_symbols(const struct finding *f, uint64_t vaddr)
{
	struct bytes b = bytes_at(f, vaddr, 8);

	bytes_skip(&b, 4);
	return bytes_u32(&b);
}

/* Follows the chain that begins last: it holds the last symbol. Sets *end to the vaddr of
 * the end of the hash table. */
static uint64_t gnu_hash_symbols(const struct finding *f, uint64_t vaddr, uint64_t *end)
{
	struct bytes b = bytes_at(f, vaddr, 16), buckets, chain;
	uint32_t n = bytes_u32(&b), first = bytes_u32(&b), filters = bytes_u32(&b);
	uint64_t at = vaddr + 16 + (uint64_t)filters * (f->is_wide ? 8 : 4), last = 0;

	if (b.failed || n > MAX_BUCKETS)
		return 0;
	buckets = bytes_at(f, at, 4 * (uint64_t)n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t start = bytes_u32(&buckets);

		last = start > last ? start : last;
	}
	if (buckets.failed || last < first)
		return first;
	chain = bytes_at(f, at + 4 * (n + (last - first)), 4 * (uint64_t)MAX_SYMBOLS);
	while (!(bytes_u32(&chain) & 1) && !chain.failed)
		last++;
	*end = at + 4 * (n + (last - first) + 1);
	return chain.failed ? 0 : last + 1;
}

static void hash_add(struct finding *f, uint64_t vaddr, uint64_t size)
{
	struct elf_dynamic_table *t;
	uint64_t file_off, left;

	if (!vaddr_find(f, vaddr, &file_off, &left) || size > left)
		return;
	t = table_add(f, ".gnu.hash", SHT_PROGBITS);
	if (!t)
		return;
	t->vaddr = vaddr;
	t->file_off = file_off;
	t->size = size;
}

static void symbols_add(struct finding *f, const struct dynamic *d)
{
	uint64_t hash = d->hash ? d->hash : d->gnu_hash, end = hash + 8;
	uint64_t n = d->hash ? hash_symbols(f, hash) : gnu_hash_symbols(f, hash, &end);
	uint64_t size = n * (f->is_wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym));
	uint64_t symbols_at, strings_at, left;
	struct elf_dynamic_table *symbols, *strings;

	/* Its only reader is this module: a copy of the file needs it. */
	hash_add(f, hash, end - hash);
	if (!n || n > MAX_SYMBOLS || !vaddr_find(f, d->symbols, &symbols_at, &left) ||
	    size > left || !vaddr_find(f, d->strings, &strings_at, &left) ||
	    d->strings_size > left)
		return;
	symbols = table_add(f, ".dynsym", SHT_DYNSYM);
	strings = table_add(f, ".dynstr", SHT_STRTAB);
	if (!strings)
		return;
	symbols->link = (uint32_t)f->n;
	symbols->vaddr = d->symbols;
	symbols->file_off = symbols_at;
	symbols->size = size;
	strings->vaddr = d->strings;
	strings->file_off = strings_at;
	strings->size = d->strings_size;
}

/* The entries of .eh_frame end with an empty one. */
static uint64_t eh_frame_size(struct bytes b)
{
	for (;;) {
		uint64_t size = bytes_u32(&b);

		if (size == UINT32_MAX)
			size = bytes_u64(&b);
		if (!size || size > bytes_left(&b))
			return b.failed ? 0 : b.at;
		bytes_skip(&b, size);
	}
}

static void eh_frame_add(struct finding *f, const GElf_Phdr *p)
{
	struct bytes b = bytes_at(f, p->p_vaddr, 8);
	struct elf_dynamic_table *index, *frames;
	uint64_t vaddr, file_off, left;

	bytes_skip(&b, 1);
	if (bytes_u8(&b) != FRAME_FORM)
		return;
	bytes_skip(&b, 2);
	vaddr = p->p_vaddr + 4 + (uint64_t)(int32_t)bytes_u32(&b);
	if (b.failed || !vaddr_find(f, vaddr, &file_off, &left))
		return;
	index = table_add(f, ".eh_frame_hdr", SHT_PROGBITS);
	frames = table_add(f, ".eh_frame", SHT_PROGBITS);
	if (!frames)
		return;
	index->vaddr = p->p_vaddr;
	index->file_off = p->p_offset;
	index->size = p->p_filesz;
	frames->vaddr = vaddr;
	frames->file_off = file_off;
	frames->size = eh_frame_size(
		bytes_at(f, vaddr, left < EH_FRAME_MAX ? left : EH_FRAME_MAX));
}

static void segment_add(struct finding *f, const GElf_Phdr *p, const char *name,
			uint32_t type, uint64_t flags)
{
	struct elf_dynamic_table *t = table_add(f, name, type);

	if (!t)
		return;
	t->flags = flags;
	t->vaddr = p->p_vaddr;
	t->file_off = p->p_offset;
	t->size = p->p_filesz;
}

size_t elf_dynamic_find(struct Elf *elf, bool is_wide,
			struct elf_dynamic_table tables[ELF_DYNAMIC_TABLES])
{
	struct finding f = {.elf = elf, .is_wide = is_wide, .tables = tables};
	size_t n = 0;

	if (elf_getphdrnum(elf, &n) < 0)
		return 0;
	for (size_t i = 0; i < n && i < MAX_HEADERS; i++) {
		GElf_Phdr p;
		struct dynamic d;

		if (!gelf_getphdr(elf, (int)i, &p))
			continue;
		if (p.p_type == PT_LOAD && p.p_flags & PF_X) {
			segment_add(&f, &p, "", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR);
		} else if (p.p_type == PT_NOTE) {
			segment_add(&f, &p, ".note", SHT_NOTE, SHF_ALLOC);
		} else if (p.p_type == PT_GNU_EH_FRAME && !f.has_frames) {
			f.has_frames = true;
			eh_frame_add(&f, &p);
		} else if (p.p_type == PT_DYNAMIC && !f.has_symbols) {
			f.has_symbols = true;
			segment_add(&f, &p, ".dynamic", SHT_DYNAMIC, SHF_ALLOC);
			d = dynamic_read(&f, p.p_vaddr, p.p_filesz);
			symbols_add(&f, &d);
		}
	}
	return f.n;
}
