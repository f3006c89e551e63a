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

static const char *own(struct strtab *strings, const char *text)
{
	return text ? strtab_str(strings, strtab_add(strings, text)) : NULL;
}

void saved_names_inlines(struct inline_table *to, const struct inline_table *from,
			 struct strtab *strings)
{
	const struct inline_entry *spot;

	vec_each(spot, &from->spots) {
		size_t first = to->places.n;

		inline_table_add(to, spot->at, inline_table_at(from, spot), spot->n);
		for (size_t i = first; i < to->places.n; i++) {
			struct inline_frame *place = &to->places.items[i];

			place->function = own(strings, place->function);
			place->file = own(strings, place->file);
		}
	}
}
