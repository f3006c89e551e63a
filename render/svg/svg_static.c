#include "render/svg/svg_static.h"

#include "base/narrow.h"
#include "base/scoped.h"
#include "render/box_label.h"
#include "render/change_colour.h"
#include "render/number.h"
#include "render/palette.h"
#include "render/svg/svg_boxes.h"
#include "render/svg_diff.h"
#include "render/text.h"
#include "render/xml.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Tenths of a pixel. A box is drawn, and has a title, a boundary to the kernel, a mark, a
 * label or a share, from these widths on; the first two are raised if the picture becomes
 * too large. */
enum {
	DRAWN_FROM = 6,
	TITLED_FROM = 60,
	BOUNDED_FROM = 120,
	MARKED_FROM = 40,
	LABELLED_FROM = 260,
	SHARE_FROM = 1500,
	LABEL_PADDING = 40,
};

/* Hundredths of a pixel: wider than a digit of any common monospaced font at 11
 * pixels. */
enum { CELL = 662 };

/* Bytes of a name in a title. */
enum { TITLE_BYTES = 400 };

/* Limits of the frames in bytes, without titles and with them. */
enum { BOXES_BYTES = 26 * 1000, FRAMES_BYTES = 37 * 1000 };

struct drawing {
	const struct svg_picture *pic;
	unsigned top;
	/* Tenths of a pixel. */
	uint32_t drawn_from, titled_from;
	struct svg_boxes boxes;
};

static const char *name_of(const struct drawing *d, const struct svg_box *box)
{
	return box->node->depth ? frame_name(&d->pic->profile->frames, box->node->frame)
				: "all";
}

static unsigned row_of(const struct drawing *d, const struct svg_box *box)
{
	return d->top + box->node->depth * SVG_ROW_HEIGHT;
}

/* The box of inlined code touches its caller's. */
static unsigned y_of(const struct drawing *d, const struct svg_box *box)
{
	return row_of(d, box) - box->is_inlined;
}

static void write_title(struct out *o, const struct drawing *d, const struct svg_box *box)
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
	xml_str(o, run_info_unit(d->pic->run_info, box->node->count));
	out_str(o, "</title>");
}

static bool has_title(const struct drawing *d, const struct svg_box *box)
{
	return box->width >= d->titled_from;
}

/* Boxes are lines as thick as a row, which take half the bytes of rectangles. */
static void write_titled(struct out *o, const struct drawing *d,
			 const struct svg_box *box)
{
	out_printf(o, "<path d=\"M%u %uh%u\">", box->x, box->node->depth, box->filled);
	write_title(o, d, box);
	out_str(o, "</path>\n");
}

/* Writes a letter and a number; a blank is left out before a minus. */
static void write_step(struct out *o, char before, int64_t n)
{
	if (before != ' ' || n >= 0)
		out_char(o, before);
	if (n < 0)
		out_char(o, '-');
	out_u64(o, (uint64_t)(n < 0 ? -n : n));
}

/* Writes the boxes of one colour without a title, as one path: each is relative to the
 * end of the one before. */
static void write_slivers(struct out *o, const struct drawing *d, unsigned colour,
			  bool inlined)
{
	int64_t x = 0, row = 0;
	const struct svg_box *box;
	bool is_open = false;

	vec_each(box, &d->boxes.items) {
		if (box->colour != colour || box->is_inlined != inlined ||
		    has_title(d, box))
			continue;
		if (!is_open)
			out_str(o, "<path d=\"");
		is_open = true;
		write_step(o, 'm', box->x - x);
		write_step(o, ' ', box->node->depth - row);
		write_step(o, 'h', box->filled);
		x = box->x + box->filled;
		row = box->node->depth;
	}
	if (is_open)
		out_str(o, "\"/>\n");
}

static void write_boxes(struct out *o, const struct drawing *d, unsigned colour,
			bool inlined)
{
	const struct svg_box *box;

	vec_each(box, &d->boxes.items)
		if (box->colour == colour && box->is_inlined == inlined &&
		    has_title(d, box))
			write_titled(o, d, box);
	write_slivers(o, d, colour, inlined);
}

static void write_colour(struct out *o, const struct drawing *d, unsigned colour)
{
	bool has_plain = false, has_inlined = false;
	const struct svg_box *box;
	char class[4];
	const char *shade = svg_boxes_colour(d->pic, colour, class)->light;

	vec_each(box, &d->boxes.items) {
		has_plain |= box->colour == colour && !box->is_inlined;
		has_inlined |= box->colour == colour && box->is_inlined;
	}
	if (!has_plain && !has_inlined)
		return;
	out_printf(o, "<g class=\"%s\" stroke=\"%s\">\n", class, shade);
	write_boxes(o, d, colour, false);
	if (has_inlined) {
		/* A pixel higher, to touch their callers. */
		out_str(o, "<g stroke-width=\"1\" transform=\"translate(0 -.025)\">\n");
		write_boxes(o, d, colour, true);
		out_str(o, "</g>\n");
	}
	out_str(o, "</g>\n");
}

/* Units are tenths of a pixel across and rows down. */
static void write_colours(struct out *o, const struct drawing *d)
{
	out_printf(o,
		   "<g id=\"boxes\" stroke-width=\".95\" "
		   "transform=\"translate(0 %u.5) scale(.1 %d)\">\n",
		   d->top + SVG_ROW_HEIGHT / 2 - 1, SVG_ROW_HEIGHT);
	for (unsigned i = 0; i < svg_boxes_colours(d->pic); i++)
		write_colour(o, d, i);
	out_str(o, "</g>\n");
}

static void write_boundaries(struct out *o, const struct drawing *d)
{
	const struct svg_box *box;

	out_str(o, "<path class=\"kb\" fill=\"#5a3a12\" d=\"");
	vec_each(box, &d->boxes.items) {
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

/* Marks new or gone stacks, each on its first frame that is. */
static void write_marks(struct out *o, const struct drawing *d, enum verdict verdict,
			const char *attributes)
{
	const struct svg_box *box;

	out_printf(o, "<path stroke=\"%s\" %s d=\"", palette_text.light, attributes);
	vec_each(box, &d->boxes.items) {
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

/* Writes a line along the lower edge of each box: its change relative to its size. */
static void write_relative(struct out *o, const struct drawing *d, bool is_more)
{
	const struct svg_box *box;

	out_printf(o, "<path class=\"%s\" fill=\"%s\" d=\"", is_more ? "km" : "kl",
		   change_colour_of_line(is_more)->light);
	vec_each(box, &d->boxes.items) {
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
	write_marks(o, d, VERDICT_GONE,
		    "class=\"gone\" fill=\"url(#hatch)\" stroke-dasharray=\"3 2\"");
	write_marks(o, d, VERDICT_NEW,
		    "class=\"new\" fill=\"none\" stroke-width=\"1.5\"");
}

/* y of the label of a box. An underscore must not touch the line of the change. */
static unsigned baseline_of(const struct drawing *d, const struct svg_box *box)
{
	return row_of(d, box) + (d->pic->diff ? 12 : 14);
}

/* The amount at the right end of a box, empty if the box has no room for it. */
static const char *amount_of(char to[SVG_AMOUNT_MAX], const struct drawing *d,
			     const struct svg_box *box)
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
	const struct svg_box *box;

	out_str(o, "<g class=\"sh\" text-anchor=\"end\" font-weight=\"600\">\n");
	vec_each(box, &d->boxes.items) {
		if (!*amount_of(share, d, box))
			continue;
		out_str(o, "<text x=\"");
		xml_tenths(o, box->x + box->filled - LABEL_PADDING);
		out_printf(o, "\" y=\"%u\">", baseline_of(d, box));
		xml_str(o, share);
		out_str(o, "</text>\n");
	}
	out_str(o, "</g>\n");
}

/* Columns for the name in a box. */
static size_t columns_of(const struct drawing *d, const struct svg_box *box)
{
	size_t columns;
	char share[SVG_AMOUNT_MAX];
	size_t len = strlen(amount_of(share, d, box));

	assert(box->filled > LABEL_PADDING);
	columns = (box->filled - LABEL_PADDING) * 10 / CELL;
	return len ? columns - text_columns(share, len) - 1 : columns;
}

static void write_names(struct out *o, const struct drawing *d, bool inlined)
{
	char label[BOX_LABEL_MAX];
	const struct svg_box *box;

	vec_each(box, &d->boxes.items) {
		if (box->width < LABELLED_FROM || box->is_inlined != inlined ||
		    !box_label_fit(label, name_of(d, box), columns_of(d, box)))
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

/* Draws the frames with the current thresholds in the place of the earlier drawing;
 * returns its size. */
static size_t frames_draw(struct out **frames, struct drawing *d)
{
	out_free(frames);
	*frames = out_memory();
	svg_boxes_fill(&d->boxes, d->pic, d->drawn_from);
	write_frames(*frames, d);
	return out_pos(*frames);
}

/* Raises a threshold of the drawing until the frames take at most 'size' bytes, at most a
 * sixteenth further than needed. */
static void frames_fit(struct out **frames, struct drawing *d, uint32_t *threshold,
		       size_t size)
{
	uint32_t low = *threshold, high = d->pic->width * 10;

	if (frames_draw(frames, d) <= size)
		return;
	while (low / 16 + 1 < high - low) {
		*threshold = low + (high - low) / 2;
		if (frames_draw(frames, d) > size)
			low = *threshold;
		else
			high = *threshold;
	}
	*threshold = high;
	frames_draw(frames, d);
}

unsigned svg_static_write(struct out *o, const struct svg_picture *pic, unsigned top)
{
	scoped(out_free) struct out *frames = NULL;
	struct drawing d = {
		.pic = pic,
		.top = top,
		.drawn_from = DRAWN_FROM,
		.titled_from = UINT32_MAX,
	};
	size_t rows;

	frames_fit(&frames, &d, &d.drawn_from, BOXES_BYTES);
	d.titled_from = TITLED_FROM;
	frames_fit(&frames, &d, &d.titled_from, FRAMES_BYTES);
	out_write(o, out_data(frames), out_pos(frames));
	rows = d.boxes.last.n;
	svg_boxes_release(&d.boxes);
	return narrow_u32(rows) * SVG_ROW_HEIGHT;
}
