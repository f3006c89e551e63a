#include "render/svg_static.h"

#include "render/change_colour.h"
#include "render/label.h"
#include "render/number.h"
#include "render/palette.h"
#include "render/svg_diff.h"
#include "render/text.h"
#include "render/xml.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* In tenths of a px. */
enum {
	DRAWN_FROM = 6, /* unless that would be too much */
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

/* A box that is so many times as wide as the smallest one has a title. */
enum { TITLED = 10 };

/* How much the frames may take of the document, in bytes. */
enum { SIZE_MOST = 57 * 1000 };

struct box {
	const struct layout_node *node;
	uint32_t x, width;    /* tenths of a px */
	uint8_t kind, colour; /* see colour_of() */
	bool is_inlined;
	bool enters_kernel;
};

struct drawing {
	const struct svg_picture *pic;
	unsigned top;
	uint32_t drawn_from; /* tenths of a px */
	VEC(struct box) boxes;
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

/* The boxes of all frames that are wide enough; returns the depth of the deepest. */
static uint32_t collect(struct drawing *d)
{
	const struct layout *l = d->pic->layout;
	uint32_t depth = 0;

	d->boxes.n = 0;
	for (uint32_t i = 0; i < l->nodes.n;) {
		const struct layout_node *n = &l->nodes.items[i];
		bool drawn = !i || scaled(l, d->pic->width, n->count) >= d->drawn_from;

		if (drawn)
			vec_push(&d->boxes, box_of(d, n));
		if (drawn && n->depth > depth)
			depth = n->depth;
		i = drawn ? i + 1 : n->end;
	}
	return depth;
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

/* What the colour fills: inlined code touches what it was inlined into. */
static unsigned y_of(const struct drawing *d, const struct box *box)
{
	return row_of(d, box) - box->is_inlined;
}

static unsigned height_of(const struct box *box)
{
	return SVG_ROW_HEIGHT - 1 + box->is_inlined;
}

static uint32_t filled_width(const struct box *box)
{
	return box->width > GAP_FROM ? box->width - GAP : box->width;
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

static void write_rect(struct out *o, const struct drawing *d, const struct box *box)
{
	out_str(o, "<rect x=\"");
	xml_tenths(o, box->x);
	out_printf(o, "\" y=\"%u\" width=\"", y_of(d, box));
	xml_tenths(o, filled_width(box));
	out_printf(o, "\" height=\"%u\">", height_of(box));
	write_title(o, d, box);
	out_str(o, "</rect>\n");
}

/* A line as thick as a frame: half the bytes of a rectangle. */
static void write_sliver(struct out *o, const struct drawing *d, const struct box *box)
{
	out_char(o, 'M');
	xml_tenths(o, box->x);
	out_printf(o, " %uh", row_of(d, box));
	xml_tenths(o, filled_width(box));
}

static bool has_title(const struct drawing *d, const struct box *box)
{
	return box->width >= TITLED * d->drawn_from;
}

/* All boxes of one colour: the small ones in one path, the others with a title each. */
static void write_colour(struct out *o, const struct drawing *d, unsigned number)
{
	char class[4];
	const char *colour = colour_of(d, number, class)->light;
	const struct box *box;
	bool any = false, slivers = false;

	vec_each(box, &d->boxes) {
		if (box->colour != number)
			continue;
		if (!any)
			out_printf(o, "<g class=\"%s\" fill=\"%s\" color=\"%s\">\n",
				   class, colour, colour);
		any = true;
		slivers |= !has_title(d, box);
		if (has_title(d, box))
			write_rect(o, d, box);
	}
	if (slivers) {
		out_str(o, "<path stroke=\"currentColor\" stroke-width=\"19\" "
			   "transform=\"translate(0 9.5)\" d=\"");
		vec_each(box, &d->boxes)
			if (box->colour == number && !has_title(d, box))
				write_sliver(o, d, box);
		out_str(o, "\"/>\n");
	}
	if (any)
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
		xml_tenths(o, filled_width(box));
		out_str(o, "v1.6h-");
		xml_tenths(o, filled_width(box));
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
		xml_tenths(o, filled_width(box) - 14);
		out_str(o, "v17.6h-");
		xml_tenths(o, filled_width(box) - 14);
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
		double part = svg_diff_relative(c) * filled_width(box);

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

/* Writes the share at the right end of a box that has room for it; returns the columns that
 * are left for the name. */
static size_t write_share(struct out *o, const struct drawing *d, const struct box *box)
{
	size_t columns = (filled_width(box) - LABEL_PADDING) * 10 / CELL;
	char share[SVG_AMOUNT_MAX];

	if (box->width < SHARE_FROM || !box->node->depth)
		return columns;
	if (d->pic->diff)
		svg_diff_amount(share, d->pic->diff,
				svg_diff_change(d->pic->diff, box->node));
	else
		number_share(share, box->node->count,
			     d->pic->layout->nodes.items[0].count);
	if (!*share)
		return columns;
	out_str(o, "<text class=\"sh\" text-anchor=\"end\" font-weight=\"600\" x=\"");
	xml_tenths(o, box->x + filled_width(box) - LABEL_PADDING);
	out_printf(o, "\" y=\"%u\">", baseline_of(d, box));
	xml_str(o, share);
	out_str(o, d->pic->diff ? "</text>" : "%</text>");
	return columns - text_columns(share, strlen(share)) - 2;
}

static void write_labels(struct out *o, const struct drawing *d)
{
	char label[LABEL_MAX];
	const struct box *box;

	out_printf(o, "<g class=\"lb\" fill=\"%s\" pointer-events=\"none\">\n",
		   palette_label.light);
	vec_each(box, &d->boxes) {
		if (box->width < LABELLED_FROM)
			continue;
		if (!label_fit(label, name_of(d, box), write_share(o, d, box)))
			continue;
		out_str(o, "<text x=\"");
		xml_tenths(o, box->x + LABEL_PADDING);
		out_printf(o, "\" y=\"%u\"%s%s>", baseline_of(d, box),
			   box->kind == FRAME_ROOT ? " font-weight=\"700\"" : "",
			   box->is_inlined ? " font-style=\"italic\"" : "");
		xml_str(o, label);
		out_str(o, "</text>\n");
	}
	out_str(o, "</g>\n");
}

static void write_frames(struct out *o, const struct drawing *d)
{
	out_str(o, "<g id=\"frames\" font-family=\"monospace\" font-size=\"11\">\n");
	for (unsigned i = 0; i < n_colours(d); i++)
		write_colour(o, d, i);
	if (d->pic->diff)
		write_changes(o, d);
	write_boundaries(o, d);
	write_labels(o, d);
	out_str(o, "</g>\n");
}

unsigned svg_static_write(struct out *o, const struct svg_picture *pic, unsigned top)
{
	struct drawing d = {.pic = pic, .top = top, .drawn_from = DRAWN_FROM};
	struct out *frames = NULL;
	uint32_t depth;

	/* What has become too large is written anew without its smallest frames. */
	do {
		out_free(&frames);
		frames = out_memory();
		depth = collect(&d);
		write_frames(frames, &d);
		d.drawn_from += d.drawn_from / 4 + 1;
	} while (out_tell(frames) > SIZE_MOST && d.drawn_from < pic->width * 10);
	out_write(o, out_data(frames), out_tell(frames));
	out_free(&frames);
	vec_release(&d.boxes);
	return (depth + 1) * SVG_ROW_HEIGHT;
}
