#include "symbolize/elf_file.h"

#include "base/bytes.h"
#include "base/scoped.h"
#include "symbolize/notes.h"
#include "symbolize/symbol_choice.h"

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
};

#define MAX_DWARF_SIZE ((uint64_t)2 << 30)

struct load {
	uint64_t vaddr, size, file_off;
	bool is_exec;
};

struct dwarf_data {
	const char *name; /* what stands behind ".debug_" */
	struct bytes bytes;
};

struct elf_file {
	Elf *elf;
	bool swapped;
	uint16_t machine;
	VEC(struct load) loads;
	VEC(struct dwarf_data) dwarf; /* its sections, unpacked */
};

/* A section with DWARF. */
struct dwarf_section {
	size_t number;
	bool is_packed, is_packed_old_way;
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
			vec_push(&f->loads,
				 ((struct load){phdr.p_vaddr, phdr.p_filesz,
						phdr.p_offset, phdr.p_flags & PF_X}));
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
	f->machine = ehdr.e_machine;
	f->swapped = (ehdr.e_ident[EI_DATA] == ELFDATA2MSB) !=
		     (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	find_loads(f);
	return f;
}

/* libelf allocates for as many headers as the file claims, and a claim beyond 16 bits, which
 * stands in section 0, costs nothing in a sparse file. Only object files and core dumps have
 * that many. */
static bool is_modest(const void *head, size_t size)
{
	struct bytes b = bytes_of(head, size);
	const uint8_t *ident = bytes_take(&b, EI_NIDENT);
	uint64_t sections_at;
	uint16_t n_segments, n_sections;

	if (!ident || memcmp(ident, ELFMAG, SELFMAG) != 0)
		return false;
	b.swapped = (ident[EI_DATA] == ELFDATA2MSB) !=
		    (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	if (ident[EI_CLASS] == ELFCLASS64) {
		bytes_skip(&b, offsetof(Elf64_Ehdr, e_shoff) - EI_NIDENT);
		sections_at = bytes_u64(&b);
	} else {
		bytes_skip(&b, offsetof(Elf32_Ehdr, e_shoff) - EI_NIDENT);
		sections_at = bytes_u32(&b);
	}
	bytes_skip(&b, offsetof(Elf64_Ehdr, e_phnum) - offsetof(Elf64_Ehdr, e_flags));
	n_segments = bytes_u16(&b);
	bytes_skip(&b, 2);
	n_sections = bytes_u16(&b);
	return !b.failed && n_segments != PN_XNUM && (n_sections || !sections_at);
}

struct elf_file *elf_file_open(int fd, struct error *err)
{
	uint8_t head[sizeof(Elf64_Ehdr)];
	ssize_t got = pread(fd, head, sizeof(head), 0);

	if (got < 0) {
		error_sys(err, "cannot read the ELF header");
		return NULL;
	}
	if (!is_modest(head, (size_t)got)) {
		error_set(err, "not an ELF file");
		return NULL;
	}
	elf_version(EV_CURRENT);
	return open_elf(elf_begin(fd, ELF_C_READ, NULL), err);
}

struct elf_file *elf_file_of_image(const void *data, size_t size, struct error *err)
{
	if (!is_modest(data, size)) {
		error_set(err, "not an ELF file");
		return NULL;
	}
	elf_version(EV_CURRENT);
	/* libelf only reads, but its prototype is older than const. */
	return open_elf(elf_memory((char *)data, size), err);
}

void elf_file_close(struct elf_file **f)
{
	if (!*f)
		return;
	elf_end((*f)->elf);
	vec_release(&(*f)->dwarf);
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
	const struct load *load = load_of(f, vaddr);

	return load && load->is_exec;
}

/* Headers of all sections by number, for one look at each symbol's; mem_free() ends it. */
static GElf_Shdr *read_sections(struct elf_file *f, size_t *n)
{
	GElf_Shdr *shdrs;

	if (elf_getshdrnum(f->elf, n) < 0)
		*n = 0;
	shdrs = mem_new(*n, sizeof(*shdrs));
	for (size_t i = 0; i < *n; i++) {
		Elf_Scn *section = elf_getscn(f->elf, i);

		if (!section || !gelf_getshdr(section, &shdrs[i]))
			shdrs[i] = (GElf_Shdr){0};
	}
	return shdrs;
}

/* What a section takes in memory, next to what it takes in the file, when it is unpacked:
 * packed ones begin with a number that says so, in two ways. */
static uint64_t unpacked_size(struct elf_file *f, const GElf_Shdr *shdr, bool is_old_way)
{
	bool is_wide = gelf_getclass(f->elf) == ELFCLASS64;
	Elf_Data *data;
	struct bytes b;

	if (!is_old_way && !(shdr->sh_flags & SHF_COMPRESSED))
		return 0;
	data = shdr->sh_offset > INT64_MAX || shdr->sh_size < sizeof(Elf64_Chdr)
		       ? NULL
		       : elf_getdata_rawchunk(f->elf, (int64_t)shdr->sh_offset,
					      sizeof(Elf64_Chdr), ELF_T_BYTE);
	if (!data || !data->d_buf)
		return 0;
	b = bytes_of(data->d_buf, data->d_size);
	b.swapped = is_old_way ? __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__ : f->swapped;
	bytes_skip(&b, is_wide && !is_old_way ? 8 : 4);
	return is_wide || is_old_way ? bytes_u64(&b) : bytes_u32(&b);
}

/* Whether source_dwarf reads it, by itself or through libdw. */
static bool is_needed(const char *name)
{
	static const char *const needed[] = {"abbrev",	    "addr",   "info",	  "line",
					     "line_str",    "ranges", "rnglists", "str",
					     "str_offsets", "types"};

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
static bool find_dwarf(struct elf_file *f, struct dwarf_sections *found)
{
	uint64_t left = MAX_DWARF_SIZE;
	bool has_info = false;
	size_t n = 0, names = 0;
	scoped(mem_release) GElf_Shdr *shdrs = read_sections(f, &n);

	if (elf_getshdrstrndx(f->elf, &names) < 0 || names >= n ||
	    shdrs[names].sh_size > MAX_TABLE_SIZE)
		return false;
	for (size_t i = 1; i < n; i++) {
		const char *name = elf_strptr(f->elf, names, shdrs[i].sh_name);
		bool is_old_way = name && strncmp(name, ".zdebug_", 8) == 0;
		uint64_t unpacked;

		if (!name || shdrs[i].sh_type == SHT_NOBITS ||
		    (!is_old_way && strncmp(name, ".debug_", 7) != 0))
			continue;
		name += is_old_way ? 8 : 7;
		if (!is_needed(name)) {
			hide(f, i);
			continue;
		}
		unpacked = unpacked_size(f, &shdrs[i], is_old_way);
		if (shdrs[i].sh_size > left || unpacked > left - shdrs[i].sh_size)
			return false;
		left -= shdrs[i].sh_size + unpacked;
		has_info |= strcmp(name, "info") == 0;
		vec_push(&found->items,
			 ((struct dwarf_section){.number = i,
						 .is_packed = shdrs[i].sh_flags &
							      SHF_COMPRESSED,
						 .is_packed_old_way = is_old_way,
						 .name = name}));
	}
	return has_info;
}

/* Unpacks the section. False where libdw would run out of it: it trusts that the strings in
 * .debug_line_str have an end. */
static bool prepare(struct elf_file *f, const struct dwarf_section *section)
{
	Elf_Scn *scn = elf_getscn(f->elf, section->number);
	struct bytes bytes;
	Elf_Data *data;

	if (section->is_packed_old_way)
		elf_compress_gnu(scn, 0, 0);
	if (section->is_packed && elf_compress(scn, 0, 0) < 0)
		return false;
	data = elf_rawdata(scn, NULL);
	if (!data || !data->d_buf || !data->d_size)
		return true;
	bytes = bytes_of(data->d_buf, data->d_size);
	bytes.swapped = f->swapped;
	vec_push(&f->dwarf, ((struct dwarf_data){section->name, bytes}));
	return (strcmp(section->name, "str") != 0 &&
		strcmp(section->name, "line_str") != 0) ||
	       ((const char *)data->d_buf)[data->d_size - 1] == '\0';
}

struct Elf *elf_file_dwarf(struct elf_file *f)
{
	scoped(dwarf_sections_release) struct dwarf_sections found = {0};
	const struct dwarf_section *section;

	if (!find_dwarf(f, &found))
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

static bool is_table(const GElf_Shdr *shdr, enum elf_symbols which)
{
	return shdr->sh_type == (which == ELF_SYMTAB ? SHT_SYMTAB : SHT_DYNSYM);
}

/* Marks that tell a disassembler code from data, and labels that the assembler kept. */
static bool is_mark(const char *name)
{
	return !*name || (name[0] == '$' && strchr("atdx", name[1])) ||
	       strncmp(name, ".L", 2) == 0;
}

static uint8_t binding_of(const GElf_Sym *sym)
{
	switch (GELF_ST_BIND(sym->st_info)) {
	case STB_LOCAL:
		return BINDING_LOCAL;
	case STB_WEAK:
		return BINDING_WEAK;
	default:
		return BINDING_GLOBAL;
	}
}

/* What 'sym' says about code in the file; false for everything else. */
static bool to_candidate(const struct elf_file *layout, const GElf_Sym *sym,
			 const GElf_Shdr *section, struct candidate *c)
{
	uint8_t type = GELF_ST_TYPE(sym->st_info);
	uint64_t vaddr = sym->st_value, left;
	const struct load *load;

	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return false;
	if (!(section->sh_flags & SHF_EXECINSTR))
		return false;
	/* Thumb code is marked in an address bit that is not part of the address. */
	if (layout->machine == EM_ARM && type == STT_FUNC)
		vaddr &= ~(uint64_t)1;
	load = load_of(layout, vaddr);
	if (!load || !load->is_exec)
		return false;
	left = load->vaddr + load->size - vaddr;
	c->start = vaddr - load->vaddr + load->file_off;
	c->binding = binding_of(sym);
	c->is_label = type == STT_NOTYPE;
	c->is_open = sym->st_size == 0;
	if (!c->is_open)
		left = sym->st_size < left ? sym->st_size : left;
	else if (vaddr - section->sh_addr < section->sh_size &&
		 section->sh_addr + section->sh_size - vaddr < left)
		left = section->sh_addr + section->sh_size - vaddr;
	c->end = c->start + left;
	return true;
}

/* The strings of a symbol table, with a NUL behind them, copied into 'text'. */
static const char *copy_strings(struct elf_file *f, const GElf_Shdr *strings_of,
				const GElf_Shdr *shdrs, size_t n, struct arena *text,
				size_t *size)
{
	size_t link = strings_of->sh_link;
	Elf_Data *data;

	if (link >= n || shdrs[link].sh_type != SHT_STRTAB ||
	    shdrs[link].sh_size > MAX_TABLE_SIZE)
		return NULL;
	data = elf_rawdata(elf_getscn(f->elf, link), NULL);
	if (!data || !data->d_buf)
		return NULL;
	*size = data->d_size;
	return arena_str(text, data->d_buf, data->d_size);
}

static void collect(struct elf_file *f, size_t table, const GElf_Shdr *shdrs, size_t n,
		    const struct elf_file *layout, struct symbol_choice *choice,
		    struct arena *text)
{
	Elf_Data *data = elf_getdata(elf_getscn(f->elf, table), NULL);
	size_t entry = gelf_fsize(f->elf, ELF_T_SYM, 1, EV_CURRENT);
	size_t size = 0;
	const char *strings;

	if (!data || !data->d_buf || !entry)
		return;
	strings = copy_strings(f, &shdrs[table], shdrs, n, text, &size);
	if (!strings)
		return;
	for (size_t i = 1; i < data->d_size / entry; i++) {
		struct candidate c;
		GElf_Sym sym;

		/* Number 0 is "undefined", those from 0xff00 up are no sections either. */
		if (!gelf_getsym(data, (int)i, &sym) || !sym.st_shndx ||
		    sym.st_shndx >= n || sym.st_shndx >= SHN_LORESERVE ||
		    sym.st_name >= size)
			continue;
		c.name = strings + sym.st_name;
		if (to_candidate(layout, &sym, &shdrs[sym.st_shndx], &c) &&
		    !is_mark(c.name))
			vec_push(&choice->items, c);
	}
}

struct symbol_table *elf_file_symbols(struct elf_file *f, enum elf_symbols which,
				      const struct elf_file *layout)
{
	scoped(symbol_choice_release) struct symbol_choice choice = {0};
	struct symbol_table *t = symbol_table_new();
	size_t n = 0;
	scoped(mem_release) GElf_Shdr *shdrs = read_sections(f, &n);

	for (size_t i = 1; i < n; i++) {
		if (is_table(&shdrs[i], which) && shdrs[i].sh_size <= MAX_TABLE_SIZE) {
			collect(f, i, shdrs, n, layout, &choice, &t->text);
			break;
		}
	}
	symbol_choice_finish(&choice, t);
	if (!t->items.n)
		symbol_table_free(&t);
	return t;
}
