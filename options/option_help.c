#include "options/option_help.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <string.h>

/* Columns: the option's names start at 2 or 6, its meaning at MEANING. */
enum { WIDTH = 80, MEANING = 22 };

/* Writes 'text' word by word, from column 'column' on, in lines that begin at MEANING. */
static void wrapped_write(struct out *out, const char *text, size_t column)
{
	if (column >= MEANING) {
		out_char(out, '\n');
		column = 0;
	}
	out_printf(out, "%*s", (int)(MEANING - column), "");
	column = MEANING;
	while (*text) {
		size_t len = strcspn(text, " ");
		bool is_first = column == MEANING;

		if (!is_first && column + 1 + len >= WIDTH) {
			out_printf(out, "\n%*s", MEANING, "");
			column = MEANING;
			is_first = true;
		}
		if (!is_first)
			out_char(out, ' ');
		out_write(out, text, len);
		column += len + !is_first;
		text += len;
		text += strspn(text, " ");
	}
	out_char(out, '\n');
}

/* Returns the columns that were written. */
static size_t names_write(struct out *out, const struct option_spec *spec)
{
	uint64_t start = out_pos(out);

	if (!spec->letter)
		out_str(out, "      ");
	else if (spec->is_optional)
		out_printf(out, "  -%c[%s], ", spec->letter, spec->value);
	else
		out_printf(out, "  -%c, ", spec->letter);
	out_printf(out, "--%s", spec->name);
	if (spec->is_optional)
		out_printf(out, "[=%s]", spec->value);
	else if (spec->value)
		out_printf(out, " %s", spec->value);
	return (size_t)(out_pos(out) - start);
}

static void option_write(struct out *out, const struct option_spec *spec)
{
	size_t column = names_write(out, spec);
	scoped(mem_release) char *meaning =
		spec->alias ? mem_format("%s (also --%s)", spec->meaning, spec->alias)
			    : mem_str(spec->meaning, strlen(spec->meaning));

	wrapped_write(out, meaning, column);
}

void option_help_write(struct out *out, const struct option_group *groups)
{
	for (const struct option_group *g = groups; g->specs; g++) {
		out_printf(out, "%s%s:\n", g == groups ? "" : "\n", g->title);
		for (const struct option_spec *spec = g->specs; spec->name; spec++)
			if (spec->meaning && !option_is_hidden(groups, g, spec))
				option_write(out, spec);
	}
}
