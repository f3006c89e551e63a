#include "elf/elf_file.h"

#include "base/deflate.h"
#include "base/scoped.h"
#include "base/vec.h"
#include "elf/elf_header.h"
#include "elf/notes.h"
#include "elf/unpack.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <unistd.h>

/* No program that runs comes near these; what goes beyond was made to hurt. */
enum {
	MAX_LOADS = 64,
	MAX_PROGRAM_HEADERS = 4096,
	MAX_NOTES_SIZE = 1 << 20,
	MAX_TABLE_SIZE = 256 << 20,
	MAX_TABLES_SIZE = 1 << 30, /* of all that are read */
};

#define MAX_DWARF_SIZE ((uint64_t)2 << 30)

/* ELFCOMPRESS_*; older <elf.h> have no name for zstd's. */
enum { PACKED_BY_ZLIB = 1, PACKED_BY_ZSTD = 2 };

struct load {
	uint64_t vaddr, size, file_off;
	uint64_t mem_size; /* may be more than is in the file */
	bool is_exec;
};

struct dwarf_data {
	const char *name; /* what stands behind ".debug_" */
	struct bytes bytes;
};

struct elf_file {
	Elf *elf;
	bool swapped, is_wide;
	uint16_t machine;
	uint64_t entry;
	VEC(struct load) loads;
	VEC(struct elf_section) sections;
	VEC(struct bytes) data; /* of the sections that were read, by number */
	bool sections_read;
	uint64_t
		left; /* of MAX_TABLES_SIZE: sections may be the same bytes over and over */
	VEC(void *) unpacked;	      /* sections, not by libelf */
	VEC(struct dwarf_data) dwarf; /* its sections, unpacked */
};

/* How a section is packed, and what it takes in memory; 'head' is what says so in the file. */
struct packing {
	uint32_t kind;
	uint64_t size, head;
};

/* A section with DWARF. */
struct dwarf_section {
	size_t number;
	const char *name; /* what stands behind ".debug_" */
};

struct dwarf_sections {
	VEC(struct dwarf_section) items;
};

static void dwarf_sections_release(struct dwarf_sections *d)
{
	vec_release(&d->items);
}

static void find_loads(struct elf_file *f)
{
	size_t n = 0;

	if (elf_getphdrnum(f->elf, &n) < 0)
		return;
	for (size_t i = 0; i < n && i < MAX_PROGRAM_HEADERS; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(f->elf, (int)i, &phdr) || phdr.p_type != PT_LOAD ||
		    phdr.p_offset + phdr.p_filesz < phdr.p_offset ||
		    phdr.p_vaddr + phdr.p_filesz < phdr.p_vaddr)
			continue;
		if (f->loads.n < MAX_LOADS)
			vec_push(&f->loads, ((struct load){phdr.p_vaddr, phdr.p_filesz,
							   phdr.p_offset, phdr.p_memsz,
							   phdr.p_flags & PF_X}));
	}
}

/* Takes 'elf'. */
static struct elf_file *open_elf(Elf *elf, struct error *err)
{
	struct elf_file *f;
	GElf_Ehdr ehdr;

	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &ehdr)) {
		elf_end(elf);
		error_set(err, "not an ELF file");
		return NULL;
	}
	f = mem_new(1, sizeof(*f));
	f->elf = elf;
	f->left = MAX_TABLES_SIZE;
	f->machine = ehdr.e_machine;
	f->entry = ehdr.e_entry;
	f->is_wide = ehdr.e_ident[EI_CLASS] == ELFCLASS64;
	f->swapped = (ehdr.e_ident[EI_DATA] == ELFDATA2MSB) !=
		     (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	find_loads(f);
	return f;
}

struct elf_file *elf_file_open(int fd, struct error *err)
{
	uint8_t head[sizeof(Elf64_Ehdr)];
	ssize_t got = pread(fd, head, sizeof(head), 0);

	if (got < 0) {
		error_sys(err, "cannot read the ELF header");
		return NULL;
	}
	if (!elf_header_is_modest(head, (size_t)got)) {
		error_set(err, "not an ELF file");
		return NULL;
	}
	elf_version(EV_CURRENT);
	return open_elf(elf_begin(fd, ELF_C_READ, NULL), err);
}

struct elf_file *elf_file_of_image(void *data, size_t size, struct error *err)
{
	if (!elf_header_is_modest(data, size)) {
		error_set(err, "not an ELF file");
		return NULL;
	}
	elf_version(EV_CURRENT);
	return open_elf(elf_memory(data, size), err);
}

void elf_file_close(struct elf_file **f)
{
	void **unpacked;

	if (!*f)
		return;
	elf_end((*f)->elf);
	vec_each(unpacked, &(*f)->unpacked)
		mem_free(*unpacked);
	vec_release(&(*f)->unpacked);
	vec_release(&(*f)->dwarf);
	vec_release(&(*f)->sections);
	vec_release(&(*f)->data);
	vec_release(&(*f)->loads);
	mem_free(*f);
	*f = NULL;
}

/* 'left' is how many bytes of notes may still be looked at: they can be the same ones over and
 * over, and libelf keeps a copy of each. */
static bool build_id_at(struct elf_file *f, uint64_t file_off, uint64_t size,
			uint64_t align, uint64_t *left, struct build_id *id)
{
	Elf_Data *data;
	struct bytes notes;

	if (!size || size > *left || file_off > INT64_MAX)
		return false;
	*left -= size;
	data = elf_getdata_rawchunk(f->elf, (int64_t)file_off, size, ELF_T_BYTE);
	if (!data || !data->d_buf)
		return false;
	notes = bytes_of(data->d_buf, data->d_size);
	notes.swapped = f->swapped;
	return notes_build_id(notes, align, id);
}

bool elf_file_build_id(struct elf_file *f, struct build_id *id)
{
	Elf_Scn *section = NULL;
	uint64_t left = MAX_NOTES_SIZE;
	size_t n = 0;

	if (elf_getphdrnum(f->elf, &n) < 0)
		n = 0;
	for (size_t i = 0; i < n && i < MAX_PROGRAM_HEADERS; i++) {
		GElf_Phdr phdr;

		if (gelf_getphdr(f->elf, (int)i, &phdr) && phdr.p_type == PT_NOTE &&
		    build_id_at(f, phdr.p_offset, phdr.p_filesz, phdr.p_align, &left, id))
			return true;
	}
	while ((section = elf_nextscn(f->elf, section))) {
		GElf_Shdr shdr;

		if (gelf_getshdr(section, &shdr) && shdr.sh_type == SHT_NOTE &&
		    build_id_at(f, shdr.sh_offset, shdr.sh_size, shdr.sh_addralign, &left,
				id))
			return true;
	}
	return false;
}

static const struct load *load_of(const struct elf_file *f, uint64_t vaddr)
{
	const struct load *load;

	vec_each(load, &f->loads)
		if (vaddr - load->vaddr < load->size)
			return load;
	return NULL;
}

bool elf_file_offset(const struct elf_file *f, uint64_t vaddr, uint64_t *file_off)
{
	const struct load *load = load_of(f, vaddr);

	if (!load)
		return false;
	*file_off = vaddr - load->vaddr + load->file_off;
	return true;
}

bool elf_file_vaddr(const struct elf_file *f, uint64_t file_off, uint64_t *vaddr)
{
	const struct load *load;

	/* Segments share pages of the file: code is what is asked for. */
	for (int want_exec = 1; want_exec >= 0; want_exec--) {
		vec_each(load, &f->loads) {
			if (load->is_exec != (bool)want_exec ||
			    file_off - load->file_off >= load->size)
				continue;
			*vaddr = file_off - load->file_off + load->vaddr;
			return true;
		}
	}
	return false;
}

bool elf_file_is_code(const struct elf_file *f, uint64_t vaddr)
{
	const struct load *load;

	vec_each(load, &f->loads)
		if (vaddr - load->vaddr < load->mem_size)
			return load->is_exec;
	return false;
}

bool elf_file_code(const struct elf_file *f, uint64_t vaddr, uint64_t *file_off,
		   uint64_t *left)
{
	const struct load *load = load_of(f, vaddr);

	if (!load || !load->is_exec)
		return false;
	*file_off = vaddr - load->vaddr + load->file_off;
	*left = load->vaddr + load->size - vaddr;
	return true;
}

uint16_t elf_file_machine(const struct elf_file *f)
{
	return f->machine;
}

uint64_t elf_file_entry(const struct elf_file *f)
{
	return f->entry;
}

bool elf_file_is_wide(const struct elf_file *f)
{
	return f->is_wide;
}

/* A name is only as good as the table that it stands in. */
static const char *name_of_section(struct elf_file *f, size_t names, uint32_t at)
{
	const char *name = names ? elf_strptr(f->elf, names, at) : NULL;

	return name ? name : "";
}

/* The number of the section with the names of the others, 0: none that may be read. */
static size_t find_names(struct elf_file *f)
{
	Elf_Scn *section;
	GElf_Shdr shdr;
	size_t names = 0;

	if (elf_getshdrstrndx(f->elf, &names) < 0)
		return 0;
	section = elf_getscn(f->elf, names);
	if (!section || !gelf_getshdr(section, &shdr) || shdr.sh_size > MAX_TABLE_SIZE ||
	    shdr.sh_flags & SHF_COMPRESSED)
		return 0;
	return names;
}

static void read_sections(struct elf_file *f)
{
	size_t n = 0, names;

	if (elf_getshdrnum(f->elf, &n) < 0)
		return;
	names = find_names(f);
	for (size_t i = 0; i < n; i++) {
		Elf_Scn *section = elf_getscn(f->elf, i);
		struct elf_section *s = vec_add(&f->sections);
		GElf_Shdr shdr;

		s->name = "";
		if (!section || !gelf_getshdr(section, &shdr))
			continue;
		*s = (struct elf_section){
			.name = name_of_section(f, names, shdr.sh_name),
			.type = shdr.sh_type,
			.flags = shdr.sh_flags,
			.vaddr = shdr.sh_addr,
			.file_off = shdr.sh_offset,
			.size = shdr.sh_size,
			.link = shdr.sh_link,
		};
	}
}

const struct elf_section *elf_file_section(struct elf_file *f, size_t number)
{
	if (!f->sections_read)
		read_sections(f);
	f->sections_read = true;
	return number < f->sections.n ? &f->sections.items[number] : NULL;
}

size_t elf_file_find(struct elf_file *f, const char *name)
{
	const struct elf_section *s;

	for (size_t i = 1; (s = elf_file_section(f, i)); i++)
		if (strcmp(s->name, name) == 0)
			return i;
	return 0;
}

static bool is_old_way(const struct elf_section *s)
{
	return strncmp(s->name, ".zdebug_", 8) == 0;
}

/* What the beginning of a packed section says. The old way is "ZLIB" and the size, most
 * significant byte first. */
static struct packing packing_of(struct elf_file *f, const struct elf_section *s)
{
	bool is_old = is_old_way(s), has_gap = f->is_wide && !is_old;
	uint64_t head = has_gap ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
	struct packing packing = {.head = head};
	Elf_Data *data;
	struct bytes b;

	if (s->file_off > INT64_MAX || s->size < head)
		return packing;
	data = elf_getdata_rawchunk(f->elf, (int64_t)s->file_off, head, ELF_T_BYTE);
	if (!data || !data->d_buf)
		return packing;
	b = bytes_of(data->d_buf, data->d_size);
	b.swapped = is_old ? __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__ : f->swapped;
	packing.kind = bytes_u32(&b);
	if (has_gap)
		bytes_skip(&b, 4);
	packing.size = is_old || f->is_wide ? bytes_u64(&b) : bytes_u32(&b);
	return packing;
}

/* What a section takes in memory next to what it takes in the file. */
static uint64_t unpacked_size(struct elf_file *f, const struct elf_section *s)
{
	return is_old_way(s) || s->flags & SHF_COMPRESSED ? packing_of(f, s).size : 0;
}

/* libelf 0.188 does not know zstd, and takes twice as long as need be for zlib: it is handed
 * what it would have made of it, for both ways of asking for it. */
static bool unpack_packed(struct elf_file *f, Elf_Scn *scn, const struct packing *packing)
{
	Elf_Data *raw = elf_rawdata(scn, NULL), *data = elf_getdata(scn, NULL);
	struct bytes in = bytes_of(raw ? raw->d_buf : NULL, raw ? raw->d_size : 0);
	GElf_Shdr shdr;
	void *out = NULL;

	bytes_skip(&in, packing->head);
	if (in.failed || !data || !gelf_getshdr(scn, &shdr))
		return false;
	if (packing->kind == PACKED_BY_ZLIB)
		out = deflate_unpack(in, packing->size);
	else if (packing->kind == PACKED_BY_ZSTD)
		out = unpack_zstd(in, packing->size);
	if (!out)
		return false;
	vec_push(&f->unpacked, out);
	shdr.sh_flags &= ~(GElf_Xword)SHF_COMPRESSED;
	shdr.sh_size = packing->size;
	raw->d_buf = data->d_buf = out;
	raw->d_size = data->d_size = packing->size;
	return gelf_update_shdr(scn, &shdr);
}

static bool unpack(struct elf_file *f, size_t number)
{
	struct elf_section *s = &f->sections.items[number];
	Elf_Scn *scn = elf_getscn(f->elf, number);
	struct packing packing;

	if (is_old_way(s))
		elf_compress_gnu(scn, 0, 0);
	if (!(s->flags & SHF_COMPRESSED))
		return true;
	packing = packing_of(f, s);
	if (!unpack_packed(f, scn, &packing))
		return false;
	s->flags &= ~(uint64_t)SHF_COMPRESSED;
	s->size = packing.size;
	return true;
}

static struct bytes read_data(struct elf_file *f, size_t number)
{
	const struct elf_section *s = &f->sections.items[number];
	uint64_t unpacked = unpacked_size(f, s);
	struct bytes b = bytes_of(NULL, 0);
	Elf_Data *data;

	if (s->type == SHT_NOBITS || s->size > MAX_TABLE_SIZE ||
	    unpacked > MAX_TABLE_SIZE || s->size + unpacked > f->left)
		return b;
	f->left -= s->size + unpacked;
	if (!unpack(f, number))
		return b;
	data = elf_rawdata(elf_getscn(f->elf, number), NULL);
	if (data)
		b = bytes_of(data->d_buf, data->d_size);
	b.swapped = f->swapped;
	return b;
}

struct bytes elf_file_data(struct elf_file *f, size_t number)
{
	if (!number || !elf_file_section(f, number))
		return bytes_of(NULL, 0);
	while (f->data.n < f->sections.n)
		vec_add(&f->data);
	if (!f->data.items[number].data)
		f->data.items[number] = read_data(f, number);
	return f->data.items[number];
}

/* Whether source_dwarf reads it, by itself or through libdw. */
static bool is_needed(const char *name, bool lines)
{
	static const char *const needed[] = {"abbrev",	 "addr",	"info",
					     "line_str", "ranges",	"rnglists",
					     "str",	 "str_offsets", "types"};

	if (strcmp(name, "line") == 0)
		return lines;
	for (size_t i = 0; i < array_size(needed); i++)
		if (strcmp(name, needed[i]) == 0)
			return true;
	return false;
}

/* libdw unpacks what it knows whether it is needed or not, unless there are no bytes of it. */
static void hide(struct elf_file *f, size_t number)
{
	Elf_Scn *section = elf_getscn(f->elf, number);
	GElf_Shdr shdr;

	if (section && gelf_getshdr(section, &shdr)) {
		shdr.sh_type = SHT_NOBITS;
		gelf_update_shdr(section, &shdr);
	}
}

/* Numbers of the sections with DWARF; false where there is none, or absurdly much. */
static bool find_dwarf(struct elf_file *f, bool lines, struct dwarf_sections *found)
{
	uint64_t left = MAX_DWARF_SIZE;
	const struct elf_section *s;
	bool has_info = false;

	for (size_t i = 1; (s = elf_file_section(f, i)); i++) {
		const char *name;
		uint64_t unpacked;

		if (s->type == SHT_NOBITS ||
		    (!is_old_way(s) && strncmp(s->name, ".debug_", 7) != 0))
			continue;
		name = s->name + (is_old_way(s) ? 8 : 7);
		if (!is_needed(name, lines)) {
			hide(f, i);
			continue;
		}
		unpacked = unpacked_size(f, s);
		if (s->size > left || unpacked > left - s->size)
			return false;
		left -= s->size + unpacked;
		has_info |= strcmp(name, "info") == 0;
		vec_push(&found->items,
			 ((struct dwarf_section){.number = i, .name = name}));
	}
	return has_info;
}

/* Unpacks the section. False where libdw would run out of it: it trusts that the strings in
 * .debug_line_str have an end. */
static bool prepare(struct elf_file *f, const struct dwarf_section *section)
{
	struct bytes bytes;
	Elf_Data *data;

	if (!unpack(f, section->number))
		return false;
	data = elf_rawdata(elf_getscn(f->elf, section->number), NULL);
	if (!data || !data->d_buf || !data->d_size)
		return true;
	bytes = bytes_of(data->d_buf, data->d_size);
	bytes.swapped = f->swapped;
	vec_push(&f->dwarf, ((struct dwarf_data){section->name, bytes}));
	return (strcmp(section->name, "str") != 0 &&
		strcmp(section->name, "line_str") != 0) ||
	       ((const char *)data->d_buf)[data->d_size - 1] == '\0';
}

struct Elf *elf_file_dwarf(struct elf_file *f, bool lines)
{
	scoped(dwarf_sections_release) struct dwarf_sections found = {0};
	const struct dwarf_section *section;

	if (!find_dwarf(f, lines, &found))
		return NULL;
	vec_each(section, &found.items)
		if (!prepare(f, section))
			return NULL;
	return f->elf;
}

struct bytes elf_file_dwarf_data(const struct elf_file *f, const char *name)
{
	const struct dwarf_data *data;

	vec_each(data, &f->dwarf)
		if (strcmp(data->name, name) == 0)
			return data->bytes;
	return bytes_of(NULL, 0);
}

bool elf_file_has_string(const struct elf_file *f, const char *text)
{
	const struct dwarf_data *data;

	vec_each(data, &f->dwarf) {
		const struct bytes *b = &data->bytes;
		size_t at = (size_t)((uintptr_t)text - (uintptr_t)b->data);

		if (at < b->size)
			return memchr(text, '\0', b->size - at);
	}
	return false;
}

void elf_file_forget_fd(struct elf_file *f)
{
	elf_cntl(f->elf, ELF_C_FDDONE);
}
