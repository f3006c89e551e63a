#include "symbolize/stored.h"

#include <string.h>

struct symbol_table *stored_symbols(const struct symbol_table *from)
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

void stored_places(struct place_table *to, const struct place_table *from,
		   struct strtab *strings)
{
	const struct place_spot *spot;

	vec_each(spot, &from->spots) {
		size_t first = to->places.n;

		place_table_add(to, spot->at, place_table_at(from, spot), spot->n);
		for (size_t i = first; i < to->places.n; i++) {
			struct place *place = &to->places.items[i];

			place->function = own(strings, place->function);
			place->file = own(strings, place->file);
		}
	}
}
