#include "elf/elf_sections.h"

#include "base/deflate.h"
#include "base/mem.h"
#include "elf/elf_dynamic.h"
#include "elf/unpack.h"

#include <assert.h>
#include <gelf.h>
#include <string.h>

/* No program comes near these; larger values are hostile. */
enum {
	MAX_SECTION_SIZE = 256 << 20,
	MAX_SECTIONS_SIZE = 1 << 30, /* of all sections that are read */
};

/* ELFCOMPRESS_*; older <elf.h> have no name for zstd's. */
enum { PACKED_BY_ZLIB = 1, PACKED_BY_ZSTD = 2 };

/* The header of a packed section. */
struct packing {
	uint32_t format;
	uint64_t unpacked_size;
	uint64_t header_size;
};

void elf_sections_init(struct elf_sections *s, struct Elf *elf, bool is_wide,
		       bool is_swapped)
{
	*s = (struct elf_sections){
		.elf = elf,
		.is_wide = is_wide,
		.is_swapped = is_swapped,
		.left = MAX_SECTIONS_SIZE,
	};
}

void elf_sections_release(struct elf_sections *s)
{
	void **unpacked;

	vec_each(unpacked, &s->unpacked)
		mem_free(*unpacked);
	vec_release(&s->unpacked);
	vec_release(&s->data);
	vec_release(&s->items);
	budget_return(&s->memory);
}

/* The table with the names of all sections; empty if it cannot be read, or does not end
 * with a NUL: then elf_strptr(), which libdw calls, reads the table for each name. */
static struct bytes section_names_read(struct elf_sections *s)
{
	Elf_Scn *section;
	Elf_Data *data;
	GElf_Shdr shdr;
	size_t names = 0;

	if (elf_getshdrstrndx(s->elf, &names) < 0)
		return bytes_of(NULL, 0);
	section = elf_getscn(s->elf, names);
	if (!section || !gelf_getshdr(section, &shdr) || shdr.sh_type == SHT_NOBITS ||
	    shdr.sh_size > MAX_SECTION_SIZE || shdr.sh_flags & SHF_COMPRESSED)
		return bytes_of(NULL, 0);
	data = elf_rawdata(section, NULL);
	if (!data || !data->d_size || ((const char *)data->d_buf)[data->d_size - 1])
		return bytes_of(NULL, 0);
	return bytes_of(data->d_buf, data->d_size);
}

static void dynamic_tables_read(struct elf_sections *s)
{
	struct elf_dynamic_table tables[ELF_DYNAMIC_TABLES];
	size_t n = s->is_swapped ? 0 : elf_dynamic_find(s->elf, s->is_wide, tables);

	s->is_dynamic = true;
	vec_push(&s->items, (struct elf_section){.name = ""});
	for (size_t i = 0; i < n; i++)
		vec_push(&s->items, ((struct elf_section){
					    .name = tables[i].name,
					    .type = tables[i].type,
					    .flags = tables[i].flags,
					    .vaddr = tables[i].vaddr,
					    .file_off = tables[i].file_off,
					    .size = tables[i].size,
					    .link = tables[i].link,
				    }));
}

static void section_headers_read(struct elf_sections *s)
{
	struct bytes names = section_names_read(s);
	size_t n = 0;

	if (elf_getshdrnum(s->elf, &n) < 0)
		return;
	if (!n)
		dynamic_tables_read(s);
	for (size_t i = 0; i < n; i++) {
		Elf_Scn *section = elf_getscn(s->elf, i);
		struct elf_section *item = vec_add(&s->items);
		GElf_Shdr shdr;

		item->name = "";
		if (!section || !gelf_getshdr(section, &shdr))
			continue;
		*item = (struct elf_section){
			.name = shdr.sh_name < names.size
					? (const char *)names.data + shdr.sh_name
					: "",
			.type = shdr.sh_type,
			.flags = shdr.sh_flags,
			.vaddr = shdr.sh_addr,
			.file_off = shdr.sh_offset,
			.size = shdr.sh_size,
			.link = shdr.sh_link,
			.align = shdr.sh_addralign,
		};
	}
}

const struct elf_section *elf_sections_at(struct elf_sections *s, size_t number)
{
	if (!s->is_read)
		section_headers_read(s);
	s->is_read = true;
	return number < s->items.n ? &s->items.items[number] : NULL;
}

const struct elf_section *elf_sections_of_symbol(struct elf_sections *s, size_t number,
						 uint64_t vaddr)
{
	const struct elf_section *section = elf_sections_at(s, number);

	if (!s->is_dynamic)
		return section;
	vec_each(section, &s->items)
		if (section->flags & SHF_EXECINSTR &&
		    vaddr - section->vaddr < section->size)
			return section;
	return NULL;
}

size_t elf_sections_find(struct elf_sections *s, const char *name)
{
	const struct elf_section *section;

	for (size_t i = 1; (section = elf_sections_at(s, i)); i++)
		if (strcmp(section->name, name) == 0)
			return i;
	return 0;
}

bool elf_section_is_zdebug(const struct elf_section *section)
{
	return strncmp(section->name, ".zdebug_", 8) == 0;
}

/* A .zdebug_ section begins with "ZLIB" and the unpacked size, most significant byte
 * first; other packed sections begin with an Elf32_Chdr or Elf64_Chdr. */
static struct packing packing_read(struct elf_sections *s,
				   const struct elf_section *section)
{
	bool is_zdebug = elf_section_is_zdebug(section);
	bool has_padding = s->is_wide && !is_zdebug;
	size_t header_size = has_padding ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
	struct packing packing = {.header_size = header_size};
	Elf_Data *data;
	struct bytes b;

	if (section->file_off > INT64_MAX || section->size < header_size)
		return packing;
	data = elf_getdata_rawchunk(s->elf, (int64_t)section->file_off, header_size,
				    ELF_T_BYTE);
	if (!data || !data->d_buf)
		return packing;
	b = bytes_of(data->d_buf, data->d_size);
	b.swapped = is_zdebug ? __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__ : s->is_swapped;
	packing.format = bytes_u32(&b);
	if (has_padding)
		bytes_skip(&b, 4);
	packing.unpacked_size = is_zdebug || s->is_wide ? bytes_u64(&b) : bytes_u32(&b);
	return packing;
}

uint64_t elf_sections_unpacked_size(struct elf_sections *s, size_t number)
{
	const struct elf_section *section = elf_sections_at(s, number);

	assert(section);
	return elf_section_is_zdebug(section) || section->flags & SHF_COMPRESSED
		       ? packing_read(s, section).unpacked_size
		       : 0;
}

/* libelf 0.188 does not know zstd, and needs twice the time for zlib. So this unpacks the
 * section and gives libelf the result, for elf_rawdata() and for elf_getdata(). */
static bool packed_section_replace(struct elf_sections *s, Elf_Scn *scn,
				   const struct packing *packing)
{
	Elf_Data *raw = elf_rawdata(scn, NULL), *data = elf_getdata(scn, NULL);
	struct bytes in = bytes_of(raw ? raw->d_buf : NULL, raw ? raw->d_size : 0);
	GElf_Shdr shdr;
	void *out = NULL;

	bytes_skip(&in, packing->header_size);
	if (in.failed || !data || !gelf_getshdr(scn, &shdr))
		return false;
	if (packing->format == PACKED_BY_ZLIB)
		out = deflate_unpack(in, packing->unpacked_size);
	else if (packing->format == PACKED_BY_ZSTD)
		out = unpack_zstd(in, packing->unpacked_size);
	if (!out)
		return false;
	vec_push(&s->unpacked, out);
	shdr.sh_flags &= ~(GElf_Xword)SHF_COMPRESSED;
	shdr.sh_size = packing->unpacked_size;
	raw->d_buf = data->d_buf = out;
	raw->d_size = data->d_size = packing->unpacked_size;
	return gelf_update_shdr(scn, &shdr);
}

static bool packed_section_unpack(struct elf_sections *s, size_t number, Elf_Scn *scn)
{
	struct elf_section *section = &s->items.items[number];
	struct packing packing;

	if (elf_section_is_zdebug(section))
		elf_compress_gnu(scn, 0, 0);
	if (!(section->flags & SHF_COMPRESSED))
		return true;
	packing = packing_read(s, section);
	if (!packed_section_replace(s, scn, &packing))
		return false;
	section->flags &= ~(uint64_t)SHF_COMPRESSED;
	section->size = packing.unpacked_size;
	return true;
}

bool elf_sections_unpack(struct elf_sections *s, size_t number, struct bytes *data)
{
	const struct elf_section *section = elf_sections_at(s, number);
	Elf_Scn *scn = elf_getscn(s->elf, number);
	Elf_Data *raw;

	assert(section);
	if (s->is_dynamic) {
		raw = section->file_off > INT64_MAX
			      ? NULL
			      : elf_getdata_rawchunk(s->elf, (int64_t)section->file_off,
						     section->size, ELF_T_BYTE);
		*data = raw ? bytes_of(raw->d_buf, raw->d_size) : bytes_of(NULL, 0);
		return raw;
	}
	if (!packed_section_unpack(s, number, scn))
		return false;
	raw = elf_rawdata(scn, NULL);
	*data = raw ? bytes_of(raw->d_buf, raw->d_size) : bytes_of(NULL, 0);
	data->swapped = s->is_swapped;
	return true;
}

static struct bytes section_data_read(struct elf_sections *s, size_t number)
{
	const struct elf_section *section = &s->items.items[number];
	uint64_t unpacked = elf_sections_unpacked_size(s, number);
	struct bytes data = bytes_of(NULL, 0);

	if (section->type == SHT_NOBITS || section->size > MAX_SECTION_SIZE ||
	    unpacked > MAX_SECTION_SIZE || section->size + unpacked > s->left ||
	    !budget_take(&s->memory, section->size + unpacked))
		return data;
	s->left -= section->size + unpacked;
	return elf_sections_unpack(s, number, &data) ? data : bytes_of(NULL, 0);
}

struct bytes elf_sections_data(struct elf_sections *s, size_t number)
{
	if (!number || !elf_sections_at(s, number))
		return bytes_of(NULL, 0);
	while (s->data.n < s->items.n)
		vec_add(&s->data);
	if (!s->data.items[number].data)
		s->data.items[number] = section_data_read(s, number);
	return s->data.items[number];
}

/* libdw unpacks every DWARF section, needed or not, unless the section has no bytes. */
void elf_sections_hide(struct elf_sections *s, size_t number)
{
	Elf_Scn *section = elf_getscn(s->elf, number);
	GElf_Shdr shdr;

	if (section && gelf_getshdr(section, &shdr)) {
		shdr.sh_type = SHT_NOBITS;
		gelf_update_shdr(section, &shdr);
	}
}
