#include "symbolize/go_table.h"

#include "base/scoped.h"
#include "elf/go_pclntab.h"
#include "elf/go_program.h"

#include <string.h>

bool go_table_add(struct elf_file *f, struct symbol_choice *choice, struct arena *text)
{
	scoped(go_pclntab_release) struct go_pclntab t = {0};
	struct go_pclntab_function fn;
	size_t before = choice->items.n, left;

	if (!go_pclntab_find(f, &t))
		return false;
	left = t.all.size; /* limit for all names: many records may share a long one */
	for (uint64_t i = 0; i < t.n; i++) {
		struct candidate c = {.binding = BINDING_LOCAL};
		const char *name;
		uint64_t room;
		size_t whole, len;

		if (!go_pclntab_function(&t, i, &fn) ||
		    !elf_file_code(f, fn.start, &c.start, &room))
			continue;
		name = go_pclntab_name(&t, fn.name);
		whole = name ? strlen(name) : 0;
		if (!name || whole > left) {
			choice->items.n = before;
			return false;
		}
		left -= whole;
		len = go_program_name_len(name);
		if (!len)
			continue;
		c.end = c.start + (fn.end - fn.start);
		c.name = arena_str(text, name, len);
		symbol_choice_add(choice, &c);
	}
	return choice->items.n > before;
}
