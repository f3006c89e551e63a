#include "render/svg/svg_lines.h"

#include "render/box_label.h"
#include "render/palette.h"
#include "render/text.h"
#include "render/xml.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TITLE_SIZE = 16, TITLE_LETTER = 10, FACT_BYTES = 256 };

void svg_line_add(struct svg_line *line, bool warns, const char *fmt, ...)
{
	char text[FACT_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	vec_push(&line->facts, ((struct svg_fact){mem_str(text, strlen(text)), warns}));
}

static void write_fact(struct out *o, const struct svg_fact *f)
{
	if (f->warns)
		out_printf(o, "<tspan class=\"wa\" fill=\"%s\" font-weight=\"600\">",
			   palette_warning.light);
	xml_isolated(o, f->text, strlen(f->text));
	if (f->warns)
		out_str(o, "</tspan>");
}

unsigned svg_line_write(struct out *o, struct svg_line *line, unsigned width, unsigned y)
{
	unsigned room = (width - 2 * SVG_MARGIN) / SVG_LINE_LETTER, used = 0;
	struct svg_fact *f;

	assert(width > 2 * SVG_MARGIN);
	vec_each(f, &line->facts) {
		unsigned columns = (unsigned)text_columns(f->text, strlen(f->text));

		if (used && used + 3 + columns > room) {
			out_str(o, "</text>\n");
			used = 0;
			y += SVG_LINE_HEIGHT;
		}
		if (!used)
			out_printf(o, "<text class=\"mu\" x=\"%d\" y=\"%u\" fill=\"%s\">",
				   SVG_MARGIN, y, palette_muted.light);
		else
			out_str(o, " \xc2\xb7 ");
		used += columns + 3;
		write_fact(o, f);
		mem_free(f->text);
	}
	if (used)
		out_str(o, "</text>\n");
	vec_release(&line->facts);
	return used ? y + SVG_LINE_HEIGHT : y;
}

void svg_lines_title(struct out *o, const struct svg_picture *pic)
{
	char label[BOX_LABEL_MAX];

	box_label_fit_middle(label, pic->title,
			     (pic->width - 2 * SVG_MARGIN) / TITLE_LETTER);
	out_printf(o,
		   "<text x=\"%d\" y=\"%d\" font-size=\"%d\" font-weight=\"700\" "
		   "fill=\"%s\">",
		   SVG_MARGIN, SVG_TITLE_HEIGHT - 8, TITLE_SIZE, palette_text.light);
	xml_str(o, label);
	out_str(o, "</text>\n");
}
