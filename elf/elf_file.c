#include "elf/elf_file.h"

#include "base/io.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "base/vec.h"
#include "elf/elf_dwarf.h"
#include "elf/elf_header.h"
#include "elf/notes.h"

#include <gelf.h>

/* No program comes near these; larger values are hostile. */
enum {
	MAX_SEGMENTS = 64,
	MAX_PROGRAM_HEADERS = 4096,
	MAX_NOTES_SIZE = 1 << 20,
};

/* A loaded segment (PT_LOAD). */
struct segment {
	uint64_t vaddr, file_off;
	uint64_t size;	   /* in the file */
	uint64_t mem_size; /* in memory, may be larger */
	bool is_exec;
};

struct elf_file {
	Elf *elf;
	uint16_t machine;
	uint64_t entry;
	VEC(struct segment) segments;
	struct elf_sections sections;
	struct elf_dwarf dwarf;
};

static void segments_read(struct elf_file *f)
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
		if (f->segments.n < MAX_SEGMENTS)
			vec_push(&f->segments, ((struct segment){
						       .vaddr = phdr.p_vaddr,
						       .file_off = phdr.p_offset,
						       .size = phdr.p_filesz,
						       .mem_size = phdr.p_memsz,
						       .is_exec = phdr.p_flags & PF_X,
					       }));
	}
}

/* Takes 'elf'. */
static struct elf_file *elf_file_of_handle(Elf *elf, struct error *err)
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
	f->entry = ehdr.e_entry;
	elf_sections_init(&f->sections, elf, ehdr.e_ident[EI_CLASS] == ELFCLASS64,
			  (ehdr.e_ident[EI_DATA] == ELFDATA2MSB) !=
				  (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__));
	segments_read(f);
	return f;
}

struct elf_file *elf_file_open(int fd, struct error *err)
{
	uint8_t head[sizeof(Elf64_Ehdr)];
	ssize_t got = io_read_at(fd, head, sizeof(head), 0);

	if (got < 0) {
		error_sys(err, "cannot read the ELF header");
		return NULL;
	}
	if (!elf_header_is_modest(head, (size_t)got)) {
		error_set(err, "not an ELF file");
		return NULL;
	}
	elf_version(EV_CURRENT);
	return elf_file_of_handle(elf_begin(fd, ELF_C_READ, NULL), err);
}

struct elf_file *elf_file_of_image(void *data, size_t size, struct error *err)
{
	if (!elf_header_is_modest(data, size)) {
		error_set(err, "not an ELF file");
		return NULL;
	}
	elf_version(EV_CURRENT);
	return elf_file_of_handle(elf_memory(data, size), err);
}

void elf_file_close(struct elf_file **f)
{
	if (!*f)
		return;
	elf_end((*f)->elf);
	elf_dwarf_release(&(*f)->dwarf);
	elf_sections_release(&(*f)->sections);
	vec_release(&(*f)->segments);
	mem_free(*f);
	*f = NULL;
}

void elf_file_limit(struct elf_file *f, struct budget *memory)
{
	f->sections.memory.from = memory;
}

bool elf_file_take(struct elf_file *f, uint64_t n)
{
	return budget_take(&f->sections.memory, n);
}

bool elf_file_lacks_memory(const struct elf_file *f)
{
	return f->sections.memory.was_refused;
}

/* Subtracts the size of the notes from *left, the number of bytes that may still be read:
 * hostile headers may all point to the same notes, and libelf keeps a copy for each. */
static bool build_id_in_notes(struct elf_file *f, uint64_t file_off, uint64_t size,
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
	notes.swapped = f->sections.is_swapped;
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
		    build_id_in_notes(f, phdr.p_offset, phdr.p_filesz, phdr.p_align,
				      &left, id))
			return true;
	}
	while ((section = elf_nextscn(f->elf, section))) {
		GElf_Shdr shdr;

		if (gelf_getshdr(section, &shdr) && shdr.sh_type == SHT_NOTE &&
		    build_id_in_notes(f, shdr.sh_offset, shdr.sh_size, shdr.sh_addralign,
				      &left, id))
			return true;
	}
	return false;
}

bool elf_file_has_build_id(int fd, const struct build_id *id)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &ignored);
	struct build_id own;

	return f && elf_file_build_id(f, &own) && build_id_same(&own, id);
}

static const struct segment *segment_at(const struct elf_file *f, uint64_t vaddr)
{
	const struct segment *segment;

	vec_each(segment, &f->segments)
		if (vaddr - segment->vaddr < segment->size)
			return segment;
	return NULL;
}

bool elf_file_offset(const struct elf_file *f, uint64_t vaddr, uint64_t *file_off)
{
	const struct segment *segment = segment_at(f, vaddr);

	if (!segment)
		return false;
	*file_off = vaddr - segment->vaddr + segment->file_off;
	return true;
}

bool elf_file_vaddr(const struct elf_file *f, uint64_t file_off, uint64_t *vaddr)
{
	const struct segment *segment;

	/* A byte of the file may be in two segments: the executable one counts. */
	for (int want_exec = 1; want_exec >= 0; want_exec--) {
		vec_each(segment, &f->segments) {
			if (segment->is_exec != (bool)want_exec ||
			    file_off - segment->file_off >= segment->size)
				continue;
			*vaddr = file_off - segment->file_off + segment->vaddr;
			return true;
		}
	}
	return false;
}

bool elf_file_is_code(const struct elf_file *f, uint64_t vaddr)
{
	const struct segment *segment;

	vec_each(segment, &f->segments)
		if (vaddr - segment->vaddr < segment->mem_size)
			return segment->is_exec;
	return false;
}

bool elf_file_code(const struct elf_file *f, uint64_t vaddr, uint64_t *file_off,
		   uint64_t *left)
{
	const struct segment *segment = segment_at(f, vaddr);

	if (!segment || !segment->is_exec)
		return false;
	*file_off = vaddr - segment->vaddr + segment->file_off;
	*left = segment->vaddr + segment->size - vaddr;
	return true;
}

uint64_t elf_file_code_start(const struct elf_file *f)
{
	uint64_t first = UINT64_MAX;
	const struct segment *segment;

	vec_each(segment, &f->segments)
		if (segment->is_exec && segment->file_off < first)
			first = segment->file_off;
	return first == UINT64_MAX ? 0 : first;
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
	return f->sections.is_wide;
}

const struct elf_section *elf_file_section(struct elf_file *f, size_t number)
{
	return elf_sections_at(&f->sections, number);
}

const struct elf_section *elf_file_section_of_symbol(struct elf_file *f, size_t number,
						     uint64_t vaddr)
{
	return elf_sections_of_symbol(&f->sections, number, vaddr);
}

size_t elf_file_find(struct elf_file *f, const char *name)
{
	return elf_sections_find(&f->sections, name);
}

struct bytes elf_file_data(struct elf_file *f, size_t number)
{
	return elf_sections_data(&f->sections, number);
}

struct Elf *elf_file_dwarf(struct elf_file *f, bool lines)
{
	return elf_dwarf_read(&f->dwarf, &f->sections, lines) ? f->elf : NULL;
}

struct bytes elf_file_dwarf_data(const struct elf_file *f, const char *name)
{
	return elf_dwarf_data(&f->dwarf, name);
}

bool elf_file_has_string(const struct elf_file *f, const char *text)
{
	return elf_dwarf_has_string(&f->dwarf, text);
}

void elf_file_forget_fd(struct elf_file *f)
{
	elf_cntl(f->elf, ELF_C_FDDONE);
}
