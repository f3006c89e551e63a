#include "elf/go_program.h"

#include "base/scoped.h"

#include <string.h>

bool go_program_is(struct elf_file *f)
{
	/* An external linker moves the table to another section; '-buildid=' omits the
	 * note. */
	static const char *const sections[] = {".gopclntab", ".note.go.buildid",
					       ".go.buildinfo", ".go.module",
					       ".data.rel.ro.gopclntab"};

	for (size_t i = 0; i < array_size(sections); i++)
		if (elf_file_find(f, sections[i]))
			return true;
	return false;
}

static bool is_section_name(const char *name, size_t len)
{
	const char *open = strrchr(name, '(');

	return open && open != name && open[1] == '.' && name[len - 1] == ')';
}

size_t go_program_name_len(const char *name)
{
	static const char *const marks[] = {".abi0", ".abiinternal"};
	size_t len = strlen(name);

	if (is_section_name(name, len))
		return 0;
	for (size_t i = 0; i < array_size(marks); i++) {
		size_t mark = strlen(marks[i]);

		if (len > mark && strcmp(name + len - mark, marks[i]) == 0)
			return len - mark;
	}
	return len;
}
