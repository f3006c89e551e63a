#include "symbolize/dwarf/split_unit.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/out.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "elf/path_open.h"
#include "symbolize/dwarf/dwo_index.h"

#include <elf.h>
#include <string.h>
#include <sys/stat.h>

enum { PARTS_MAX = DWO_SECTIONS + 3 };

/* Sections of the split part, as a file without packages has them. */
struct parts {
	struct {
		const char *name;
		struct bytes bytes;
	} items[PARTS_MAX];
	size_t n;
};

static const struct {
	const char *split, *plain;
} names[DWO_SECTIONS] = {
	[DWO_INFO] = {".debug_info.dwo", ".debug_info"},
	[DWO_ABBREV] = {".debug_abbrev.dwo", ".debug_abbrev"},
	[DWO_LINE] = {".debug_line.dwo", ".debug_line"},
	[DWO_STR_OFFSETS] = {".debug_str_offsets.dwo", ".debug_str_offsets"},
	[DWO_RNGLISTS] = {".debug_rnglists.dwo", ".debug_rnglists"},
};

void split_files_init(struct split_files *f, const struct debug_search *search)
{
	f->search = *search;
	f->search.root = process_root_none();
	f->search.refused = f->search.opened = NULL;
	f->path = mem_str(search->path, strlen(search->path));
	f->search.path = f->path;
}

void split_files_release(struct split_files *f)
{
	elf_file_close(&f->package);
	mem_release(&f->path);
}

/* Opens a file of the program's build, by the absolute path it has there. */
static int open_by_path(const struct split_files *f, const char *path)
{
	static const struct build_id any;
	const struct debug_search *s = &f->search;
	char *ignored = NULL;
	struct stat st;
	scoped(fd_close) int at = -1;
	int fd = file_places_open_by_name(s->places, s->slow, path);

	if (fd < 0)
		fd = file_places_open_in_root(s->places, s->slow, path, &any, &ignored);
	if (fd >= 0 || !s->is_at_path)
		return fd;
	at = path_find(s->slow, -1, path, LINKS_NONE, &st);
	return at < 0 || !path_is_of(&st, s->owner) ? -1 : path_read(s->slow, at);
}

static struct elf_file *elf_open_by_path(const struct split_files *f, const char *path)
{
	struct error ignored;
	scoped(fd_close) int fd = open_by_path(f, path);
	struct elf_file *elf = fd < 0 ? NULL : elf_file_open(fd, &ignored);

	/* The sections are read before the descriptor is closed. */
	if (elf) {
		elf_file_limit(elf, f->search.memory);
		for (size_t i = 0; i < array_size(names); i++)
			elf_file_data(elf, elf_file_find(elf, names[i].split));
		elf_file_data(elf, elf_file_find(elf, ".debug_str.dwo"));
		elf_file_data(elf, elf_file_find(elf, ".debug_cu_index"));
		elf_file_forget_fd(elf);
	}
	return elf;
}

static void part_add(struct parts *p, const char *name, struct bytes bytes)
{
	if (!bytes.size)
		return;
	p->items[p->n].name = name;
	p->items[p->n++].bytes = bytes;
}

static struct bytes section_of(struct elf_file *f, const char *name)
{
	return elf_file_data(f, elf_file_find(f, name));
}

/* The bytes from 'offset' on. */
static struct bytes rest_from(struct bytes b, uint64_t offset)
{
	return offset < b.size ? bytes_of(b.data + offset, b.size - offset)
			       : bytes_of(NULL, 0);
}

/* The sections of one unit in a package. */
static bool parts_of_package(struct parts *p, struct elf_file *package, uint64_t id)
{
	struct dwo_parts places;

	if (!dwo_index_find(section_of(package, ".debug_cu_index"), id, &places))
		return false;
	for (size_t i = 0; i < array_size(names); i++) {
		struct bytes all = section_of(package, names[i].split);
		uint64_t offset = places.items[i].offset, size = places.items[i].size;

		if (offset > all.size || size > all.size - offset)
			return false;
		if (size)
			part_add(p, names[i].plain, bytes_of(all.data + offset, size));
	}
	part_add(p, ".debug_str", section_of(package, ".debug_str.dwo"));
	return true;
}

static void parts_of_file(struct parts *p, struct elf_file *f)
{
	for (size_t i = 0; i < array_size(names); i++)
		part_add(p, names[i].plain, section_of(f, names[i].split));
	part_add(p, ".debug_str", section_of(f, ".debug_str.dwo"));
}

static void header_put(struct out *o, uint16_t machine, uint64_t sections_at, size_t n)
{
	const Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB,
			    EV_CURRENT},
		.e_type = ET_REL,
		.e_machine = machine,
		.e_version = EV_CURRENT,
		.e_shoff = sections_at,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = narrow_u16(n),
		.e_shstrndx = narrow_u16(n - 1),
	};

	out_patch(o, 0, &header, sizeof(header));
}

static void align(struct out *o)
{
	static const char zeros[8];

	out_write(o, zeros, -out_pos(o) % sizeof(zeros));
}

/* An ELF file with these sections: libdw reads files only. */
static void *image_make(const struct parts *p, uint16_t machine, size_t *size)
{
	scoped(out_free) struct out *o = out_memory();
	Elf64_Shdr sections[PARTS_MAX + 2] = {0};
	const Elf64_Ehdr nothing = {0};
	size_t n = 1;
	uint64_t at;
	char *image;

	out_write(o, &nothing, sizeof(nothing));
	for (size_t i = 0; i < p->n; i++, n++) {
		align(o);
		sections[n] = (Elf64_Shdr){.sh_type = SHT_PROGBITS,
					   .sh_offset = out_pos(o),
					   .sh_size = p->items[i].bytes.size,
					   .sh_addralign = 1};
		out_write(o, p->items[i].bytes.data, p->items[i].bytes.size);
	}
	sections[n] = (Elf64_Shdr){
		.sh_type = SHT_STRTAB, .sh_offset = out_pos(o), .sh_addralign = 1};
	out_write(o, "", 1);
	for (size_t i = 0; i < p->n; i++) {
		sections[i + 1].sh_name = narrow_u32(out_pos(o) - sections[n].sh_offset);
		out_write(o, p->items[i].name, strlen(p->items[i].name) + 1);
	}
	sections[n].sh_name = narrow_u32(out_pos(o) - sections[n].sh_offset);
	out_write(o, ".shstrtab", sizeof(".shstrtab"));
	sections[n].sh_size = out_pos(o) - sections[n].sh_offset;
	n++;
	align(o);
	at = out_pos(o);
	out_write(o, sections, n * sizeof(*sections));
	header_put(o, machine, at, n);
	*size = out_pos(o);
	image = mem_resize(NULL, *size, 1);
	memcpy(image, out_data(o), *size);
	return image;
}

/* Makes a file of the parts and opens it. */
static bool parts_open(struct split_unit *u, struct parts *p,
		       const struct dwarf_file *own, const struct skeleton *skeleton)
{
	size_t size;

	part_add(p, ".debug_addr",
		 rest_from(elf_file_dwarf_data(own->file, "addr"), skeleton->addrs));
	part_add(p, ".debug_ranges",
		 rest_from(elf_file_dwarf_data(own->file, "ranges"), skeleton->ranges));
	u->image = image_make(p, elf_file_machine(own->file), &size);
	if (elf_file_take(own->file, size) &&
	    dwarf_file_open_image(&u->file, u->image, size) &&
	    dwarf_file_find_split(&u->file, skeleton->id, &u->unit))
		return true;
	split_unit_close(u);
	return false;
}

/* Looks for the package of the program once. */
static struct elf_file *package_of(struct split_files *f)
{
	scoped(mem_release) char *path = mem_format("%s.dwp", f->path);

	if (!f->was_opened && *path == '/')
		f->package = elf_open_by_path(f, path);
	f->was_opened = true;
	return f->package;
}

bool split_unit_open(struct split_unit *u, struct split_files *f,
		     const struct dwarf_file *own, const struct skeleton *skeleton)
{
	const char *folder = skeleton->folder ? skeleton->folder : "";
	struct elf_file *package = package_of(f);
	scoped(elf_file_close) struct elf_file *file = NULL;
	scoped(mem_release) char *path = NULL;
	struct parts parts = {0};

	if (!elf_file_is_wide(own->file))
		return false;
	if (package && parts_of_package(&parts, package, skeleton->id))
		return parts_open(u, &parts, own, skeleton);
	if (!skeleton->name)
		return false;
	path = *skeleton->name == '/' ? mem_str(skeleton->name, strlen(skeleton->name))
				      : mem_format("%s/%s", folder, skeleton->name);
	file = *path == '/' ? elf_open_by_path(f, path) : NULL;
	parts = (struct parts){0};
	if (!file)
		return false;
	parts_of_file(&parts, file);
	return parts_open(u, &parts, own, skeleton);
}

void split_unit_close(struct split_unit *u)
{
	dwarf_file_close(&u->file);
	mem_free(u->image);
	u->image = NULL;
}
