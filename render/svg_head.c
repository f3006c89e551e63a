#include "render/svg_head.h"

#include "render/label.h"
#include "render/number.h"
#include "render/palette.h"
#include "render/text.h"
#include "render/xml.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* px; the widths of a letter are those of a wide sans-serif font. */
enum {
	MARGIN = 10,
	TITLE_SIZE = 16,
	TITLE_LETTER = 10,
	TITLE_HEIGHT = 32,
	LINE_SIZE = 12,
	LINE_LETTER = 7,
	LINE_HEIGHT = 17,
};

enum { NAME_COLUMNS = 45, COMMAND_COLUMNS = 80 };

struct fact {
	char *text;
	bool warns;
};

struct facts {
	VEC(struct fact) items;
};

static void add(struct facts *facts, bool warns, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void add(struct facts *facts, bool warns, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	vec_push(&facts->items, ((struct fact){mem_str(text, strlen(text)), warns}));
}

/* A text of the recording's, cut where it is longer than anybody reads. */
static const char *cut(char to[LABEL_MAX], const char *text)
{
	label_fit_middle(to, text, NAME_COLUMNS);
	return to;
}

char *svg_head_title(const struct conditions *c)
{
	char host[LABEL_MAX];

	if (!c->hostname || !*c->hostname)
		return mem_str("Flame graph", strlen("Flame graph"));
	return mem_format("Flame graph of %s", cut(host, c->hostname));
}

static void add_circumstances(struct facts *facts, const struct conditions *c)
{
	char n[NUMBER_MAX], text[LABEL_MAX], arch[LABEL_MAX];

	if (c->start)
		add(facts, false, "%s", number_date(n, c->start));
	if (c->duration)
		add(facts, false, "%s", number_duration(n, c->duration));
	if (c->frequency && c->event)
		add(facts, false, "%s at %" PRIu64 " Hz", cut(text, c->event),
		    c->frequency);
	else if (c->event)
		add(facts, false, "%s", cut(text, c->event));
	if (c->cpus)
		add(facts, false, "%" PRIu32 " %s", c->cpus,
		    c->cpus == 1 ? "CPU" : "CPUs");
	if (c->os_release)
		add(facts, false, "Linux %s%s%s", cut(text, c->os_release),
		    c->arch ? " " : "", c->arch ? cut(arch, c->arch) : "");
	if (c->command && label_fit_middle(text, c->command, COMMAND_COLUMNS))
		add(facts, false, "%s", text);
}

/* "12 samples lost (0.1%)": a warning from one in a hundred on. */
static void add_part(struct facts *facts, uint64_t part, uint64_t whole, const char *what)
{
	char n[NUMBER_MAX], share[NUMBER_MAX];

	add(facts, part > whole / 100, "%s %s (%s%%)", number_grouped(n, part), what,
	    number_share(share, part, whole));
}

static void add_quality(struct facts *facts, const struct conditions *c, uint64_t total)
{
	char n[NUMBER_MAX], share[NUMBER_MAX], unit[LABEL_MAX];

	add(facts, false, "%s %s", number_grouped(n, total),
	    cut(unit, conditions_unit(c, total)));
	if (c->busy + c->idle) {
		add(facts, false, "CPUs busy %s%%",
		    number_share(n, c->busy, c->busy + c->idle));
		add(facts, false, "idle %s%%",
		    number_share(n, c->idle, c->busy + c->idle));
	}
	if (c->idle_samples && total + c->idle_samples <= c->samples)
		add(facts, false, "%s samples of idle CPUs left out",
		    number_grouped(n, c->idle_samples));
	if (c->lost)
		add_part(facts, c->lost, c->samples + c->lost, "samples lost");
	else if (c->samples)
		add(facts, false, "none lost");
	if (c->throttled)
		add(facts, true, "throttled %s times", number_grouped(n, c->throttled));
	if (c->unknown_samples)
		add(facts, c->unknown_samples > total / 20, "%s%% without a name",
		    number_share(share, c->unknown_samples, total));
	if (c->truncated_samples)
		add_part(facts, c->truncated_samples, total, "stacks cut short");
	if (c->broken_samples)
		add_part(facts, c->broken_samples, total, "stacks end too early");
}

static void write_fact(struct out *o, const struct fact *f)
{
	if (f->warns)
		out_printf(o, "<tspan class=\"wa\" fill=\"%s\" font-weight=\"600\">",
			   palette_warning.light);
	xml_isolated(o, f->text, strlen(f->text));
	if (f->warns)
		out_str(o, "</tspan>");
}

/* Writes the facts on as many lines as they need, from 'y' on; returns where the next line
 * goes. */
static unsigned write_facts(struct out *o, struct facts *facts, unsigned width,
			    unsigned y)
{
	unsigned room = (width - 2 * MARGIN) / LINE_LETTER, used = 0;
	struct fact *f;

	vec_each(f, &facts->items) {
		unsigned columns = (unsigned)text_columns(f->text, strlen(f->text));

		if (used && used + 3 + columns > room) {
			out_str(o, "</text>\n");
			used = 0;
			y += LINE_HEIGHT;
		}
		if (!used)
			out_printf(o, "<text class=\"mu\" x=\"%d\" y=\"%u\" fill=\"%s\">",
				   MARGIN, y, palette_muted.light);
		else
			out_str(o, " \xc2\xb7 ");
		used += columns + 3;
		write_fact(o, f);
		mem_free(f->text);
	}
	if (used)
		out_str(o, "</text>\n");
	vec_release(&facts->items);
	return used ? y + LINE_HEIGHT : y;
}

/* Writes a swatch for each colour of code that the profile has. */
static unsigned write_legend(struct out *o, const struct svg_picture *pic, unsigned y)
{
	const struct profile *p = pic->profile;
	bool used[FRAME_KINDS] = {0};
	const char *last = NULL;
	unsigned x = MARGIN;

	for (size_t i = 0; i < p->frames.items.n; i++)
		used[p->frames.items.items[i].kind] = true;
	out_str(o, "<g id=\"legend\">\n");
	for (unsigned kind = 0; kind < FRAME_KINDS; kind++) {
		const char *label = palette_kind_label(pic->palette, kind);
		unsigned room = 30 + (unsigned)strlen(label) * LINE_LETTER;

		if (!used[kind] || label == last)
			continue;
		last = label;
		if (x > MARGIN && x + room > pic->width - MARGIN) {
			x = MARGIN;
			y += LINE_HEIGHT;
		}
		out_printf(o,
			   "<rect class=\"k%u1\" x=\"%u\" y=\"%u\" width=\"14\" "
			   "height=\"11\" fill=\"%s\"/>"
			   "<text class=\"mu\" x=\"%u\" y=\"%u\" fill=\"%s\">%s</text>\n",
			   kind, x, y - 10, palette_colour(pic->palette, kind, 1)->light,
			   x + 19, y, palette_muted.light, label);
		x += room;
	}
	out_str(o, "</g>\n");
	return y + LINE_HEIGHT;
}

static void write_title(struct out *o, const struct svg_picture *pic)
{
	char label[LABEL_MAX];

	label_fit_middle(label, pic->title, (pic->width - 2 * MARGIN) / TITLE_LETTER);
	out_printf(o,
		   "<text x=\"%d\" y=\"%d\" font-size=\"%d\" font-weight=\"700\" "
		   "fill=\"%s\">",
		   MARGIN, TITLE_HEIGHT - 8, TITLE_SIZE, palette_text.light);
	xml_str(o, label);
	out_str(o, "</text>\n");
}

unsigned svg_head_write(struct out *o, const struct svg_picture *pic)
{
	struct facts subtitle = {0}, circumstances = {0}, quality = {0};
	unsigned y = TITLE_HEIGHT + 14;

	if (pic->subtitle)
		add(&subtitle, false, "%s", pic->subtitle);
	add_circumstances(&circumstances, pic->conditions);
	add_quality(&quality, pic->conditions, pic->layout->nodes.items[0].count);
	out_printf(o, "<g id=\"head\" font-family=\"sans-serif\" font-size=\"%d\">\n",
		   LINE_SIZE);
	write_title(o, pic);
	y = write_facts(o, &subtitle, pic->width, y);
	y = write_facts(o, &circumstances, pic->width, y);
	y = write_facts(o, &quality, pic->width, y);
	y = write_legend(o, pic, y + 4);
	out_str(o, "</g>\n");
	return y;
}
