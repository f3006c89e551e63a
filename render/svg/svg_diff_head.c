#include "render/svg/svg_diff_head.h"

#include "base/scoped.h"
#include "render/box_label.h"
#include "render/change_colour.h"
#include "render/svg/svg_lines.h"
#include "render/text.h"
#include "render/xml.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Columns of names, and pixels. */
enum {
	NAME_COLUMNS = 40,
	FINDING_SIZE = 14,
	FINDING_HEIGHT = 22,
	/* Of the name in a chip: a function that explains the change. */
	CHIP_COLUMNS = 36,
	CHIP_HEIGHT = 21,
	CHIP_GAP = 6,
	PART_HEIGHT = 16,
	/* Width of a colour in the scale of the legend. */
	STEP = 12,
};

static double scale_of(const struct svg_diff *d)
{
	return comparison_scale(d->comparison);
}

static const char *name_of(char to[BOX_LABEL_MAX], const struct svg_diff *d,
			   const struct function_change *f, size_t columns)
{
	box_label_fit(to, frame_name(&d->comparison->profile.frames, f->frame), columns);
	return to;
}

char *svg_diff_title(const struct svg_side *sides)
{
	char before[BOX_LABEL_MAX], after[BOX_LABEL_MAX];

	box_label_fit_middle(before, sides[BEFORE].name, NAME_COLUMNS);
	box_label_fit_middle(after, sides[AFTER].name, NAME_COLUMNS);
	return mem_format("%s \xe2\x86\x92 %s", before, after);
}

/* The finding: the change of the function that explains most of it. */
static char *finding_about(const struct svg_diff *d, const struct function_change *f)
{
	const struct change *c = &f->total;
	char before[NUMBER_MAX], after[NUMBER_MAX], delta[NUMBER_MAX],
		name[BOX_LABEL_MAX];
	const char *unit = comparison_unit(d->comparison);

	name_of(name, d, f, 60);
	number_figure(before, "", c->value[BEFORE] * scale_of(d));
	number_figure(after, "", c->value[AFTER] * scale_of(d));
	number_figure(delta, "", fabs(c->delta) * scale_of(d));
	if (c->verdict == VERDICT_NEW)
		return mem_format("%s is new: %s %s", name, after, unit);
	if (c->verdict == VERDICT_GONE)
		return mem_format("%s is gone: it took %s %s", name, before, unit);
	return mem_format("%s takes %s %s: %s \xe2\x86\x92 %s %s", name, delta,
			  c->delta > 0 ? "more" : "less", before, after, unit);
}

static char *finding_of(const struct svg_diff *d)
{
	const struct comparison *c = d->comparison;
	char change[NUMBER_MAX];

	if (d->movers.n)
		return finding_about(d, d->movers.items[0]);
	if (c->evidence.found)
		return mem_format("No function changed in total as far as these runs "
				  "can tell, but parts of some did");
	if (!(c->powers[1].change > 0))
		return mem_format("No function changed as far as these runs can tell");
	number_figure(change, "", c->powers[1].change * scale_of(d));
	return mem_format("No function changed as far as these runs can tell: for one "
			  "of 10 %% of all, a change of %s would show",
			  change);
}

static unsigned write_finding(struct out *o, const struct svg_picture *pic, unsigned y)
{
	scoped(mem_release) char *finding = finding_of(pic->diff);

	out_printf(o,
		   "<text class=\"fi\" x=\"%d\" y=\"%u\" font-size=\"%d\" fill=\"%s\">",
		   SVG_MARGIN, y, FINDING_SIZE, palette_text.light);
	xml_str(o, finding);
	out_str(o, "</text>\n");
	return y + FINDING_HEIGHT;
}

static unsigned write_side(struct out *o, const struct svg_picture *pic, enum side side,
			   unsigned y)
{
	const struct compared_side *s = &pic->diff->comparison->side[side];
	const struct run_info *c = pic->diff->sides[side].run_info;
	struct svg_line line = {0};
	char n[NUMBER_MAX], text[BOX_LABEL_MAX];

	svg_line_add(&line, false, side == BEFORE ? "before" : "after");
	if (c->start)
		svg_line_add(&line, false, "%s", number_date(n, c->start));
	if (s->runs > 1)
		svg_line_add(&line, false, "%u runs", s->runs);
	if (s->seconds > 0)
		svg_line_add(&line, false, "%s",
			     number_duration(n, (uint64_t)(s->seconds * 1e9)));
	if (c->event && box_label_fit_middle(text, c->event, NAME_COLUMNS)) {
		if (c->frequency)
			svg_line_add(&line, false, "%s at %" PRIu64 " Hz", text,
				     c->frequency);
		else
			svg_line_add(&line, false, "%s", text);
	}
	if (c->cpus)
		svg_line_add(&line, false, "%" PRIu32 " CPUs", c->cpus);
	if (c->hostname && box_label_fit_middle(text, c->hostname, NAME_COLUMNS))
		svg_line_add(&line, false, "%s", text);
	svg_line_add(&line, false, "%s samples", number_grouped(n, s->samples));
	if (s->idle)
		svg_line_add(&line, false, "%s idle ones left out",
			     number_grouped(n, s->idle));
	svg_line_add(&line, s->lost > (s->samples + s->lost) / 100, "%s lost",
		     number_grouped(n, s->lost));
	if (s->lost_side_band)
		svg_line_add(&line, true, "%s records of processes lost",
			     number_grouped(n, s->lost_side_band));
	if (s->work > 0)
		svg_line_add(&line, false, "%.15g units of work", s->work);
	return svg_line_write(o, &line, pic->width, y);
}

static unsigned write_evidence(struct out *o, const struct svg_picture *pic, unsigned y)
{
	const struct comparison *c = pic->diff->comparison;
	const struct change *all = &c->nodes.items[PROFILE_ROOT].total;
	const struct evidence *e = &c->evidence;
	double scale = comparison_scale(c);
	char before[NUMBER_MAX], after[NUMBER_MAX], found[NUMBER_MAX], tested[NUMBER_MAX];
	struct svg_line line = {0};

	if (c->measure == MEASURE_SHARE)
		svg_line_add(&line, false, "in %s", comparison_unit(c));
	else
		svg_line_add(&line, false, "all: %s \xe2\x86\x92 %s %s",
			     number_figure(before, "", all->value[BEFORE] * scale),
			     number_figure(after, "", all->value[AFTER] * scale),
			     comparison_unit(c));
	svg_line_add(&line, false,
		     "%s of %s differences are more than chance (at most %.3g %% of "
		     "them wrongly)",
		     number_grouped(found, e->found), number_grouped(tested, e->tested),
		     100 * e->fdr);
	if (e->factor > 0)
		svg_line_add(&line, true, "most functions changed by one factor, %.3g",
			     e->factor);
	if (!e->has_slices && !e->has_runs && !e->is_given)
		svg_line_add(&line, true,
			     "one run a side without times: the spread is a guess");
	if (e->is_short)
		svg_line_add(&line, true, "the runs are short against their bursts");
	return svg_line_write(o, &line, pic->width, y);
}

/* Writes the chip of a function that explains the change; returns its width. */
static unsigned write_chip(struct out *o, const struct svg_diff *d,
			   const struct function_change *f, unsigned x, unsigned y)
{
	const struct change *c = &f->total;
	const char *colour = change_colour_of_line(c->delta > 0)->light;
	char name[BOX_LABEL_MAX], before[NUMBER_MAX], after[NUMBER_MAX],
		delta[NUMBER_MAX];
	size_t columns;

	name_of(name, d, f, CHIP_COLUMNS);
	number_figure(delta, "+", c->delta * scale_of(d));
	number_figure(before, "", c->value[BEFORE] * scale_of(d));
	number_figure(after, "", c->value[AFTER] * scale_of(d));
	columns = strlen(delta) + text_columns(name, strlen(name)) + strlen(before) +
		  strlen(after) + 7;
	out_printf(o,
		   "<path class=\"ch\" fill=\"#f3f4f6\" d=\"M%u %uh%uv%dH%uz\"/>"
		   "<path class=\"%s\" fill=\"%s\" d=\"M%u %uh3v%dh-3z\"/>"
		   "<text x=\"%u\" y=\"%u\" fill=\"%s\"><tspan class=\"%s\" fill=\"%s\" "
		   "font-weight=\"600\">%s %s</tspan> ",
		   x, y, (unsigned)columns * SVG_LINE_LETTER + 10, CHIP_HEIGHT, x,
		   c->delta > 0 ? "km" : "kl", colour, x, y, CHIP_HEIGHT, x + 9, y + 15,
		   palette_text.light, c->delta > 0 ? "km" : "kl", colour,
		   c->delta > 0 ? "\xe2\x96\xb2" : "\xe2\x96\xbc", delta);
	xml_isolated(o, name, strlen(name));
	out_printf(o,
		   " <tspan class=\"mu\" fill=\"%s\">%s \xe2\x86\x92 %s</tspan>"
		   "</text>\n",
		   palette_muted.light, before, after);
	return (unsigned)columns * SVG_LINE_LETTER + 10;
}

/* Writes all chips, in as many rows as they need. A chip's width is known only after it
 * is written. */
static unsigned write_chips(struct out *o, const struct svg_picture *pic, unsigned y)
{
	const struct movers *m = &pic->diff->movers;
	unsigned x = SVG_MARGIN, room = pic->width - SVG_MARGIN;

	out_str(o, "<g id=\"chips\">\n");
	for (size_t i = 0; i < m->n; i++) {
		struct out *chip = out_memory();
		unsigned width = write_chip(chip, pic->diff, m->items[i], x, y);

		if (x > SVG_MARGIN && x + width > room) {
			out_free(&chip);
			chip = out_memory();
			x = SVG_MARGIN;
			y += CHIP_HEIGHT + CHIP_GAP;
			write_chip(chip, pic->diff, m->items[i], x, y);
		}
		out_write(o, out_data(chip), out_pos(chip));
		out_free(&chip);
		x += width + CHIP_GAP;
	}
	out_str(o, "</g>\n");
	return m->n ? y + CHIP_HEIGHT + CHIP_GAP : y;
}

/* Each part of the legend is an <svg> element, so that the script can copy it into its
 * own head. */
struct legend {
	struct out *o;
	unsigned x, y, width;
};

static void open_part(struct legend *l, unsigned width)
{
	if (l->x > SVG_MARGIN && l->x + width > l->width - SVG_MARGIN) {
		l->x = SVG_MARGIN;
		l->y += PART_HEIGHT + 2;
	}
	out_printf(l->o, "<svg x=\"%u\" y=\"%u\" width=\"%u\" height=\"%d\">", l->x, l->y,
		   width, PART_HEIGHT);
	l->x += width;
}

static void write_word(struct legend *l, unsigned x, const char *word)
{
	out_printf(l->o, "<text class=\"mu\" x=\"%u\" y=\"12\" fill=\"%s\">", x,
		   palette_muted.light);
	xml_str(l->o, word);
	out_str(l->o, "</text>");
}

/* Writes the scale of colours, "less -47.0 ▮▮▮▮▮▮▮▮▮ +47.0 more"; its ends are the
 * largest change. */
static void write_scale(struct legend *l, const struct svg_diff *d)
{
	char largest[NUMBER_MAX], word[NUMBER_MAX + 16], class[4];
	unsigned room, x;

	number_figure(largest, "", d->largest * scale_of(d));
	snprintf(word, sizeof(word), "less  \xe2\x88\x92%s", largest);
	x = room = (unsigned)(strlen(largest) + 7) * SVG_LINE_LETTER;
	open_part(l, 2 * room + CHANGE_COLOURS * STEP + 12);
	write_word(l, 0, word);
	for (unsigned i = 0; i < CHANGE_COLOURS; i++, x += STEP) {
		unsigned colour =
			i < CHANGE_STEPS ? CHANGE_COLOURS - 1 - i : i - CHANGE_STEPS;

		out_printf(l->o,
			   "<rect class=\"%s\" x=\"%u\" y=\"2\" width=\"%d\" "
			   "height=\"12\" fill=\"%s\"/>",
			   change_class(class, colour), x, STEP,
			   change_colour_at(colour)->light);
	}
	snprintf(word, sizeof(word), "+%s  more", largest);
	write_word(l, x + 6, word);
	out_str(l->o, "</svg>\n");
}

static void write_sign(struct legend *l, const char *shape, const char *word)
{
	open_part(l, 36 + (unsigned)strlen(word) * SVG_LINE_LETTER);
	out_str(l->o, shape);
	write_word(l, 22, word);
	out_str(l->o, "</svg>\n");
}

static unsigned write_legend(struct out *o, const struct svg_picture *pic, unsigned y)
{
	struct legend l = {.o = o, .x = SVG_MARGIN, .y = y, .width = pic->width};

	out_str(o, "<g id=\"legend\">\n");
	if (pic->diff->largest > 0)
		write_scale(&l, pic->diff);
	write_sign(&l, "<path class=\"kn0\" fill=\"#ededed\" d=\"M0 2h16v12h-16z\"/>",
		   "no evidence");
	write_sign(&l,
		   "<path class=\"new\" fill=\"none\" stroke=\"#16181d\" "
		   "stroke-width=\"1.5\" d=\"M1 3h14v10h-14z\"/>",
		   "new");
	write_sign(&l,
		   "<path class=\"gone\" fill=\"url(#hatch)\" stroke=\"#16181d\" "
		   "stroke-dasharray=\"3 2\" d=\"M1 3h14v10h-14z\"/>",
		   "gone");
	write_sign(&l, "<path class=\"kl\" fill=\"#0f5fb3\" d=\"M0 10h16v2h-16z\"/>",
		   "line: relative change");
	write_sign(&l, "", "width: mean of before and after");
	out_str(o, "</g>\n");
	return l.y + PART_HEIGHT + 6;
}

unsigned svg_diff_head_write(struct out *o, const struct svg_picture *pic)
{
	struct svg_line subtitle = {0};
	unsigned y = SVG_TITLE_HEIGHT + 12;

	assert(pic->diff);
	out_printf(o, "<g id=\"head\" font-family=\"sans-serif\" font-size=\"%d\">\n",
		   SVG_LINE_SIZE);
	svg_lines_title(o, pic);
	y = write_finding(o, pic, y);
	if (pic->subtitle)
		svg_line_add(&subtitle, false, "%s", pic->subtitle);
	y = svg_line_write(o, &subtitle, pic->width, y);
	for (enum side side = BEFORE; side < SIDES; side++)
		y = write_side(o, pic, side, y);
	y = write_evidence(o, pic, y);
	y = write_chips(o, pic, y - 6);
	y = write_legend(o, pic, y + 2);
	out_str(o, "</g>\n");
	return y;
}
