#include "symbolize/saved_names.h"

#include <string.h>

struct symbol_table *saved_names_symbols(const struct symbol_table *from)
{
	struct symbol_table *to = symbol_table_new();
	const struct symbol *sym;

	vec_each(sym, &from->items) {
		if (!sym->hit)
			continue;
		symbol_table_add(to, sym->start, sym->end,
				 arena_str(&to->text, sym->name, strlen(sym->name)));
		vec_last(&to->items)->hit = true;
	}
	return to;
}

static const char *text_copy(struct strtab *strings, const char *text)
{
	return text ? strtab_str(strings, strtab_add(strings, text)) : NULL;
}

void saved_names_inlines(struct inline_table *to, const struct inline_table *from,
			 struct strtab *strings)
{
	const struct inline_entry *entry;

	vec_each(entry, &from->spots) {
		size_t first = to->places.n;

		inline_table_add(to, entry->at, inline_table_at(from, entry), entry->n);
		for (size_t i = first; i < to->places.n; i++) {
			struct inline_frame *frame = &to->places.items[i];

			frame->function = text_copy(strings, frame->function);
			frame->file = text_copy(strings, frame->file);
		}
	}
}
