#include "elf/elf_dwarf.h"

#include "base/scoped.h"
#include "elf/dwarf_units.h"

#include <elf.h>
#include <string.h>

#define MAX_DWARF_SIZE ((uint64_t)2 << 30)

/* Of a name that is used; many entries may have parts of one string as their names. */
enum { MAX_STRING = 64 << 10 };

/* A section with DWARF, not read yet. */
struct numbered_section {
	size_t number;
	const char *name; /* the part after ".debug_" or ".zdebug_" */
};

struct numbered_sections {
	VEC(struct numbered_section) items;
};

static void numbered_sections_release(struct numbered_sections *d)
{
	vec_release(&d->items);
}

/* The sections that symbolize/dwarf/source_dwarf.c reads, by itself or through libdw. */
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

/* The part of the name after ".debug_" or ".zdebug_", or NULL if it is no DWARF
 * section. */
static const char *dwarf_name(const struct elf_section *section)
{
	if (section->type == SHT_NOBITS)
		return NULL;
	if (elf_section_is_zdebug(section))
		return section->name + strlen(".zdebug_");
	return strncmp(section->name, ".debug_", 7) == 0 ? section->name + 7 : NULL;
}

/* Whether libdw would open the file that is named in the section; it also knows the
 * section's name of old packed sections. */
static bool names_other_file(const char *name)
{
	return strcmp(name, ".gnu_debugaltlink") == 0 ||
	       strcmp(name, ".zgnu_debugaltlink") == 0;
}

/* Returns false if there is no .debug_info, or too much of everything. */
static bool needed_sections_find(struct elf_sections *sections, bool lines,
				 struct numbered_sections *found)
{
	uint64_t left = MAX_DWARF_SIZE;
	const struct elf_section *s;
	bool has_info = false;

	for (size_t i = 1; (s = elf_sections_at(sections, i)); i++) {
		const char *name = dwarf_name(s);
		uint64_t unpacked;

		if (names_other_file(s->name))
			elf_sections_hide(sections, i);
		if (!name)
			continue;
		if (!is_needed(name, lines)) {
			elf_sections_hide(sections, i);
			continue;
		}
		unpacked = elf_sections_unpacked_size(sections, i);
		if (s->size > left || unpacked > left - s->size)
			return false;
		left -= s->size + unpacked;
		has_info |= strcmp(name, "info") == 0;
		vec_push(&found->items,
			 ((struct numbered_section){.number = i, .name = name}));
	}
	return has_info && budget_take(&sections->memory, MAX_DWARF_SIZE - left);
}

/* Returns false if libdw would read past the end of the section: it expects that each
 * string in .debug_str and .debug_line_str has its NUL. */
static bool needed_section_unpack(struct elf_dwarf *d, struct elf_sections *sections,
				  const struct numbered_section *section)
{
	struct bytes bytes;
	bool is_strings = strcmp(section->name, "str") == 0 ||
			  strcmp(section->name, "line_str") == 0;

	if (!elf_sections_unpack(sections, section->number, &bytes))
		return false;
	if (!bytes.size)
		return true;
	vec_push(&d->sections, ((struct elf_dwarf_section){section->name, bytes}));
	return !is_strings || bytes.data[bytes.size - 1] == '\0';
}

/* Whether libdw may read the headers of all units in a section. */
static bool units_check(const struct elf_dwarf *d, struct elf_sections *sections,
			const char *name)
{
	uint64_t memory;

	return dwarf_units_check(elf_dwarf_data(d, name), elf_dwarf_data(d, "abbrev"),
				 &memory) &&
	       budget_take(&sections->memory, memory);
}

bool elf_dwarf_read(struct elf_dwarf *d, struct elf_sections *sections, bool lines)
{
	scoped(numbered_sections_release) struct numbered_sections found = {0};
	const struct numbered_section *section;

	if (!needed_sections_find(sections, lines, &found))
		return false;
	vec_each(section, &found.items)
		if (!needed_section_unpack(d, sections, section))
			return false;
	return units_check(d, sections, "info") && units_check(d, sections, "types");
}

void elf_dwarf_release(struct elf_dwarf *d)
{
	vec_release(&d->sections);
}

struct bytes elf_dwarf_data(const struct elf_dwarf *d, const char *name)
{
	const struct elf_dwarf_section *section;

	vec_each(section, &d->sections)
		if (strcmp(section->name, name) == 0)
			return section->bytes;
	return bytes_of(NULL, 0);
}

bool elf_dwarf_has_string(const struct elf_dwarf *d, const char *text)
{
	const struct elf_dwarf_section *section;

	vec_each(section, &d->sections) {
		const struct bytes *b = &section->bytes;
		size_t at = (size_t)((uintptr_t)text - (uintptr_t)b->data);

		if (at < b->size)
			return memchr(text, '\0',
				      b->size - at < MAX_STRING ? b->size - at
								: MAX_STRING);
	}
	return false;
}
