#include "render/svg_static.h"

#include "base/scoped.h"
#include "render/change_colour.h"
#include "render/label.h"
#include "render/number.h"
#include "render/palette.h"
#include "render/svg_diff.h"
#include "render/text.h"
#include "render/xml.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* In tenths of a px. */
enum {
	DRAWN_FROM = 6,	  /* unless that would be too much, */
	TITLED_FROM = 60, /* or this */
	BOUNDED_FROM = 120,
	MARKED_FROM = 40,
	LABELLED_FROM = 260,
	SHARE_FROM = 1500,
	GAP = 8,
	GAP_FROM = 25,
	LABEL_PADDING = 40,
};

/* Hundredths of a px: wider than a digit of any common monospaced font at 11 px. */
enum { CELL = 662 };

enum { TITLE_BYTES = 400 };

/* How much the frames may take of the document, in bytes. */
enum { SIZE_MOST = 37 * 1000 };

struct box {
	const struct layout_node *node;
	uint32_t x, width;    /* tenths of a px */
	uint32_t filled;      /* of them: without the gap, with those that joined */
	uint8_t kind, colour; /* see colour_of() */
	bool is_inlined;
	bool enters_kernel;
};

struct drawing {
	const struct svg_picture *pic;
	unsigned top;
	uint32_t drawn_from, titled_from; /* tenths of a px */
	VEC(struct box) boxes;
	VEC(size_t) last; /* box of each row */
};

static uint32_t scaled(const struct layout *l, unsigned width, uint64_t count)
{
	uint64_t total = l->nodes.items[0].count;
	uint64_t room = (width - 2 * SVG_MARGIN) * UINT64_C(10);

	return total ? (uint32_t)((__uint128_t)count * room / total) : 0;
}

static bool is_kernel(const struct drawing *d, const struct layout_node *n)
{
	const struct frame *f = frame_at(&d->pic->profile->frames, n->frame);

	return f->kind == FRAME_KERNEL || f->kind == FRAME_MODULE;
}

/* Whether a frame is the kernel's, called by code that is not. */
static bool enters_kernel(const struct drawing *d, const struct layout_node *n)
{
	const struct layout_node *parent = &d->pic->layout->nodes.items[n->parent];

	return n->depth > 1 && is_kernel(d, n) && !is_kernel(d, parent) &&
	       frame_at(&d->pic->profile->frames, parent->frame)->kind != FRAME_ROOT;
}

/* Of a comparison those of changes; else those of kinds, a few shades each. */
static size_t n_colours(const struct drawing *d)
{
	return d->pic->diff ? (size_t)CHANGE_COLOURS
			    : (size_t)FRAME_KINDS * PALETTE_SHADES;
}

static const struct palette_colour *colour_of(const struct drawing *d, unsigned colour,
					      char class[4])
{
	if (d->pic->diff) {
		change_class(class, colour);
		return change_colour_at(colour);
	}
	snprintf(class, 4, "k%u%u", colour / PALETTE_SHADES % 10,
		 colour % PALETTE_SHADES);
	return palette_colour(d->pic->palette, colour / PALETTE_SHADES,
			      colour % PALETTE_SHADES);
}

static unsigned choose_colour(const struct drawing *d, const struct layout_node *n,
			      const struct frame *f)
{
	const struct svg_diff *diff = d->pic->diff;

	if (diff)
		return change_colour(svg_diff_change(diff, n), diff->largest);
	if (!f)
		return FRAME_ROOT * PALETTE_SHADES + PALETTE_SHADES / 2;
	return f->kind * PALETTE_SHADES + palette_shade(&d->pic->profile->frames, f);
}

static struct box box_of(const struct drawing *d, const struct layout_node *n)
{
	const struct layout *l = d->pic->layout;
	uint32_t x = scaled(l, d->pic->width, n->start);
	struct box box = {
		.node = n,
		.x = x + SVG_MARGIN * 10,
		.width = scaled(l, d->pic->width, n->start + n->count) - x,
		.kind = FRAME_ROOT,
	};
	const struct frame *f = NULL;

	if (n->depth)
		f = frame_at(&d->pic->profile->frames, n->frame);
	box.colour = (uint8_t)choose_colour(d, n, f);
	if (!f) {
		box.width = (d->pic->width - 2 * SVG_MARGIN) * 10;
		return box;
	}
	box.kind = f->kind;
	box.is_inlined = f->is_inlined;
	box.enters_kernel = enters_kernel(d, n);
	return box;
}

/* Adds a box behind those before it. Slivers that touch and have one colour become one. */
static void add(struct drawing *d, struct box box)
{
	uint32_t row = box.node->depth;
	struct box *last = row < d->last.n ? &d->boxes.items[d->last.items[row]] : NULL;

	box.filled = box.width > GAP_FROM ? box.width - GAP : box.width;
	if (last && last->width <= GAP_FROM && box.width <= GAP_FROM &&
	    last->x + last->filled == box.x && last->colour == box.colour &&
	    last->is_inlined == box.is_inlined) {
		last->filled += box.filled;
		return;
	}
	if (last)
		d->last.items[row] = d->boxes.n;
	else
		vec_push(&d->last, d->boxes.n);
	vec_push(&d->boxes, box);
}

/* The boxes of all frames that are wide enough. */
static void collect(struct drawing *d)
{
	const struct layout *l = d->pic->layout;

	d->boxes.n = d->last.n = 0;
	for (uint32_t i = 0; i < l->nodes.n;) {
		const struct layout_node *n = &l->nodes.items[i];
		bool drawn = !i || scaled(l, d->pic->width, n->count) >= d->drawn_from;

		if (drawn)
			add(d, box_of(d, n));
		i = drawn ? i + 1 : n->end;
	}
}

static const char *name_of(const struct drawing *d, const struct box *box)
{
	return box->node->depth ? frame_name(&d->pic->profile->frames, box->node->frame)
				: "all";
}

static unsigned row_of(const struct drawing *d, const struct box *box)
{
	return d->top + box->node->depth * SVG_ROW_HEIGHT;
}

/* Inlined code touches what it was inlined into. */
static unsigned y_of(const struct drawing *d, const struct box *box)
{
	return row_of(d, box) - box->is_inlined;
}

static void write_title(struct out *o, const struct drawing *d, const struct box *box)
{
	char share[NUMBER_MAX], count[NUMBER_MAX];
	const char *name = name_of(d, box);
	size_t len = strlen(name);

	out_str(o, "<title>");
	xml_isolated(o, name, len < TITLE_BYTES ? len : TITLE_BYTES);
	if (len > TITLE_BYTES)
		out_str(o, "\xe2\x80\xa6");
	if (d->pic->diff) {
		out_str(o, ": ");
		svg_diff_write_change(o, d->pic->diff,
				      svg_diff_change(d->pic->diff, box->node));
		out_str(o, "</title>");
		return;
	}
	number_share(share, box->node->count, d->pic->layout->nodes.items[0].count);
	out_printf(o, ": %s%s%%, %s ", share[0] == '<' ? "&lt;" : "",
		   share + (share[0] == '<'), number_grouped(count, box->node->count));
	xml_str(o, conditions_unit(d->pic->conditions, box->node->count));
	out_str(o, "</title>");
}

static bool has_title(const struct drawing *d, const struct box *box)
{
	return box->width >= d->titled_from;
}

/* Boxes are lines as thick as a row: half the bytes of rectangles. */
static void write_titled(struct out *o, const struct drawing *d, const struct box *box)
{
	out_printf(o, "<path d=\"M%u %uh%u\">", box->x, box->node->depth, box->filled);
	write_title(o, d, box);
	out_str(o, "</path>\n");
}

/* All boxes of one colour, in tenths of a px and rows: those with a title each, and the others in
 * one path, each from the end of the one before it. */
static void write_boxes(struct out *o, const struct drawing *d, unsigned colour,
			bool inlined)
{
	scoped(out_free) struct out *others = out_memory();
	int64_t x = 0, row = 0;
	const struct box *box;

	vec_each(box, &d->boxes) {
		if (box->colour != colour || box->is_inlined != inlined)
			continue;
		if (has_title(d, box)) {
			write_titled(o, d, box);
			continue;
		}
		out_printf(others, "m%" PRId64 "%s%" PRId64 "h%u", box->x - x,
			   box->node->depth < row ? "" : " ", box->node->depth - row,
			   box->filled);
		x = box->x + box->filled;
		row = box->node->depth;
	}
	if (!out_tell(others))
		return;
	out_str(o, "<path d=\"");
	out_write(o, out_data(others), out_tell(others));
	out_str(o, "\"/>\n");
}

static void write_colour(struct out *o, const struct drawing *d, unsigned colour)
{
	scoped(out_free) struct out *plain = out_memory();
	scoped(out_free) struct out *inlined = out_memory();
	char class[4];
	const char *shade = colour_of(d, colour, class)->light;

	write_boxes(plain, d, colour, false);
	write_boxes(inlined, d, colour, true);
	if (!out_tell(plain) && !out_tell(inlined))
		return;
	out_printf(o, "<g class=\"%s\" stroke=\"%s\">\n", class, shade);
	out_write(o, out_data(plain), out_tell(plain));
	if (out_tell(inlined)) {
		/* A px higher. */
		out_str(o, "<g stroke-width=\"1\" transform=\"translate(0 -.025)\">\n");
		out_write(o, out_data(inlined), out_tell(inlined));
		out_str(o, "</g>\n");
	}
	out_str(o, "</g>\n");
}

static void write_colours(struct out *o, const struct drawing *d)
{
	out_printf(o,
		   "<g id=\"boxes\" stroke-width=\".95\" "
		   "transform=\"translate(0 %u.5) scale(.1 %d)\">\n",
		   d->top + SVG_ROW_HEIGHT / 2 - 1, SVG_ROW_HEIGHT);
	for (unsigned i = 0; i < n_colours(d); i++)
		write_colour(o, d, i);
	out_str(o, "</g>\n");
}

static void write_boundaries(struct out *o, const struct drawing *d)
{
	const struct box *box;

	out_str(o, "<path class=\"kb\" fill=\"#5a3a12\" d=\"");
	vec_each(box, &d->boxes) {
		if (!box->enters_kernel || box->width < BOUNDED_FROM)
			continue;
		out_char(o, 'M');
		xml_tenths(o, box->x);
		out_printf(o, " %uh", y_of(d, box));
		xml_tenths(o, box->filled);
		out_str(o, "v1.6h-");
		xml_tenths(o, box->filled);
		out_char(o, 'z');
	}
	out_str(o, "\"/>\n");
}

/* The marks of what is new or gone, on the first frame of it. */
static void write_begins(struct out *o, const struct drawing *d, enum verdict verdict,
			 const char *attributes)
{
	const struct box *box;

	out_printf(o, "<path stroke=\"%s\" %s d=\"", palette_text.light, attributes);
	vec_each(box, &d->boxes) {
		if (box->width < MARKED_FROM ||
		    !svg_diff_begins(d->pic, box->node, verdict))
			continue;
		out_char(o, 'M');
		xml_tenths(o, box->x + 7);
		out_printf(o, " %u.7h", row_of(d, box));
		xml_tenths(o, box->filled - 14);
		out_str(o, "v17.6h-");
		xml_tenths(o, box->filled - 14);
		out_char(o, 'z');
	}
	out_str(o, "\"/>\n");
}

/* A line along the lower edge: by how much a frame changed, beside its size. */
static void write_relative(struct out *o, const struct drawing *d, bool is_more)
{
	const struct box *box;

	out_printf(o, "<path class=\"%s\" fill=\"%s\" d=\"", is_more ? "km" : "kl",
		   change_colour_of_line(is_more)->light);
	vec_each(box, &d->boxes) {
		const struct change *c = svg_diff_change(d->pic->diff, box->node);
		double part = svg_diff_relative(c) * box->filled;

		if (box->width < LABELLED_FROM || c->verdict == VERDICT_NONE ||
		    (c->delta > 0) != is_more)
			continue;
		out_char(o, 'M');
		xml_tenths(o, box->x);
		out_printf(o, " %uh", row_of(d, box) + SVG_ROW_HEIGHT - 3);
		xml_tenths(o, (uint64_t)part);
		out_str(o, "v2h-");
		xml_tenths(o, (uint64_t)part);
		out_char(o, 'z');
	}
	out_str(o, "\"/>\n");
}

static void write_changes(struct out *o, const struct drawing *d)
{
	write_relative(o, d, true);
	write_relative(o, d, false);
	write_begins(o, d, VERDICT_GONE,
		     "class=\"gone\" fill=\"url(#hatch)\" stroke-dasharray=\"3 2\"");
	write_begins(o, d, VERDICT_NEW,
		     "class=\"new\" fill=\"none\" stroke-width=\"1.5\"");
}

/* Where a label stands: an underscore must not touch the line of the change. */
static unsigned baseline_of(const struct drawing *d, const struct box *box)
{
	return row_of(d, box) + (d->pic->diff ? 12 : 14);
}

/* What stands at the right end of a box that has room for it; empty where nothing does. */
static const char *share_of(char to[SVG_AMOUNT_MAX], const struct drawing *d,
			    const struct box *box)
{
	*to = '\0';
	if (box->width < SHARE_FROM || !box->node->depth)
		return to;
	if (d->pic->diff)
		return svg_diff_amount(to, d->pic->diff,
				       svg_diff_change(d->pic->diff, box->node));
	number_share(to, box->node->count, d->pic->layout->nodes.items[0].count);
	return strcat(to, "%");
}

static void write_shares(struct out *o, const struct drawing *d)
{
	char share[SVG_AMOUNT_MAX];
	const struct box *box;

	out_str(o, "<g class=\"sh\" text-anchor=\"end\" font-weight=\"600\">\n");
	vec_each(box, &d->boxes) {
		if (!*share_of(share, d, box))
			continue;
		out_str(o, "<text x=\"");
		xml_tenths(o, box->x + box->filled - LABEL_PADDING);
		out_printf(o, "\" y=\"%u\">", baseline_of(d, box));
		xml_str(o, share);
		out_str(o, "</text>\n");
	}
	out_str(o, "</g>\n");
}

/* The columns that a name may take. */
static size_t room_of(const struct drawing *d, const struct box *box)
{
	size_t columns = (box->filled - LABEL_PADDING) * 10 / CELL;
	char share[SVG_AMOUNT_MAX];
	size_t len = strlen(share_of(share, d, box));

	return len ? columns - text_columns(share, len) - 1 : columns;
}

static void write_names(struct out *o, const struct drawing *d, bool inlined)
{
	char label[LABEL_MAX];
	const struct box *box;

	vec_each(box, &d->boxes) {
		if (box->width < LABELLED_FROM || box->is_inlined != inlined ||
		    !label_fit(label, name_of(d, box), room_of(d, box)))
			continue;
		out_str(o, "<text x=\"");
		xml_tenths(o, box->x + LABEL_PADDING);
		out_printf(o, "\" y=\"%u\"%s>", baseline_of(d, box),
			   box->kind == FRAME_ROOT ? " font-weight=\"700\"" : "");
		xml_str(o, label);
		out_str(o, "</text>\n");
	}
}

static void write_labels(struct out *o, const struct drawing *d)
{
	out_printf(o, "<g class=\"lb\" fill=\"%s\" pointer-events=\"none\">\n",
		   palette_label.light);
	write_names(o, d, false);
	out_str(o, "<g font-style=\"italic\">\n");
	write_names(o, d, true);
	out_str(o, "</g>\n");
	write_shares(o, d);
	out_str(o, "</g>\n");
}

static void write_frames(struct out *o, const struct drawing *d)
{
	out_str(o, "<g id=\"frames\" font-family=\"monospace\" font-size=\"11\">\n");
	write_colours(o, d);
	if (d->pic->diff)
		write_changes(o, d);
	write_boundaries(o, d);
	write_labels(o, d);
	out_str(o, "</g>\n");
}

/* What is left out of a picture that has become too large: titles, and, from where boxes would
 * have a label and no title, the smallest boxes with them. */
static void draw_less(struct drawing *d)
{
	d->titled_from += d->titled_from / 4;
	if (d->titled_from > LABELLED_FROM)
		d->drawn_from += d->drawn_from / 4 + 1;
}

unsigned svg_static_write(struct out *o, const struct svg_picture *pic, unsigned top)
{
	struct drawing d = {
		.pic = pic,
		.top = top,
		.drawn_from = DRAWN_FROM,
		.titled_from = TITLED_FROM,
	};
	struct out *frames = NULL;
	size_t rows;

	for (;; draw_less(&d)) {
		frames = out_memory();
		collect(&d);
		write_frames(frames, &d);
		if (out_tell(frames) <= SIZE_MOST || d.drawn_from >= pic->width * 10)
			break;
		out_free(&frames);
	}
	out_write(o, out_data(frames), out_tell(frames));
	out_free(&frames);
	rows = d.last.n;
	vec_release(&d.boxes);
	vec_release(&d.last);
	return (unsigned)rows * SVG_ROW_HEIGHT;
}
