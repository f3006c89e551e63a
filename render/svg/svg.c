#include "render/svg/svg.h"

#include "base/scoped.h"
#include "render/change_colour.h"
#include "render/data/svg_data.h"
#include "render/layout.h"
#include "render/svg/assets.h"
#include "render/svg/svg_diff_head.h"
#include "render/svg/svg_head.h"
#include "render/svg/svg_static.h"
#include "render/xml.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum { DEFAULT_WIDTH = 1280, LEAST_WIDTH = 200, MOST_WIDTH = 20000 };

/* Pixels below the frames. */
enum { FOOT = 10 };

static const char *colour_of(const struct palette_colour *c, bool dark)
{
	return dark ? c->dark : c->light;
}

/* Defines the class of a colour of boxes with the shades for both themes; the style uses
 * them. */
static void write_class(struct out *o, const char *name, const struct palette_colour *c)
{
	out_printf(o, ".%s{--l:%s;--d:%s}", name, c->light, c->dark);
}

static void write_kind(struct out *o, const struct svg_picture *pic, unsigned kind)
{
	char name[4];

	for (unsigned shade = 0; shade < PALETTE_SHADES; shade++) {
		snprintf(name, sizeof(name), "k%u%u", kind % 10, shade % 10);
		write_class(o, name, palette_colour(pic->palette, kind, shade));
	}
}

/* Only colours that the picture may use: the root's, those of its kinds of frames, and in
 * a comparison those of changes. */
static void write_colours(struct out *o, const struct svg_picture *pic)
{
	char name[4];

	for (unsigned kind = 0; kind < FRAME_KINDS; kind++)
		if (kind == FRAME_ROOT || pic->kinds & 1u << kind)
			write_kind(o, pic, kind);
	if (!pic->diff)
		return;
	for (unsigned i = 0; i < CHANGE_COLOURS; i++)
		write_class(o, change_class(name, i), change_colour_at(i));
	write_class(o, "km", change_colour_of_line(true));
	write_class(o, "kl", change_colour_of_line(false));
}

/* Defines all colours of a theme except those of boxes. */
static void write_theme(struct out *o, bool dark)
{
	out_printf(o, ":root{--bg:%s;--fg:%s;--mu:%s;--wa:%s;--lb:%s}",
		   colour_of(&palette_page, dark), colour_of(&palette_text, dark),
		   colour_of(&palette_muted, dark), colour_of(&palette_warning, dark),
		   colour_of(&palette_label, dark));
}

static void write_style(struct out *o, const struct svg_picture *pic)
{
	out_str(o, "<style><![CDATA[\n");
	write_theme(o, false);
	out_str(o, "\n@media (prefers-color-scheme:dark){");
	write_theme(o, true);
	out_str(o, "}\n");
	write_colours(o, pic);
	out_char(o, '\n');
	out_write(o, asset_style.data, asset_style.size);
	if (pic->diff)
		out_write(o, asset_diff_style.data, asset_diff_style.size);
	out_str(o, "]]></style>\n");
}

static const struct asset *script_of(const struct svg_picture *pic)
{
	if (pic->diff)
		return &asset_diff_script;
	if (pic->timeline && pic->timeline->slices.n)
		return &asset_timed_script;
	return &asset_script;
}

static void write_data(struct out *o, const struct svg_picture *pic)
{
	const struct asset *script = script_of(pic);

	out_str(o, "<metadata id=\"data\">");
	svg_data_write(o, pic);
	out_str(o, "</metadata>\n<script><![CDATA[");
	out_write(o, script->data, script->size);
	out_str(o, "]]></script>\n");
}

static void write_start(struct out *o, const struct svg_picture *pic, unsigned height)
{
	out_printf(o,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		   "viewBox=\"0 0 %u %u\" preserveAspectRatio=\"xMinYMin\">\n<title>",
		   pic->width, height, pic->width, height);
	xml_str(o, pic->title);
	out_str(o, "</title>\n<desc>");
}

static void write_description(struct out *o, const struct svg_picture *pic)
{
	uint64_t total = pic->layout->nodes.items[0].count;

	out_printf(o,
		   "Flame graph: each box is a function, as wide as the share of the %s "
		   "that were taken in it or in what it called. Callers are above, "
		   "callees below. %" PRIu64 " ",
		   pic->run_info->unit ? "counts" : "samples", total);
	xml_str(o, run_info_unit(pic->run_info, total));
	out_str(o, ".</desc>\n");
}

static void write_diff_description(struct out *o)
{
	out_str(o,
		"Differential flame graph: each box is a function, as wide as the mean "
		"of its total before and its total after; a total includes all that the "
		"function called. Orange boxes took more after, blue ones less; the "
		"change of grey ones may be chance. Callers are above, callees "
		"below.</desc>\n"
		"<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" "
		"patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
		"<path class=\"hl\" fill=\"#16181d\" d=\"M0 0h1.2v5h-1.2z\"/></pattern>"
		"</defs>\n");
}

static void write_picture(struct out *o, const struct svg_picture *pic)
{
	scoped(out_free) struct out *head = out_memory();
	scoped(out_free) struct out *frames = out_memory();
	unsigned top =
		pic->diff ? svg_diff_head_write(head, pic) : svg_head_write(head, pic);
	unsigned height = top + svg_static_write(frames, pic, top) + FOOT;

	write_start(o, pic, height);
	if (pic->diff)
		write_diff_description(o);
	else
		write_description(o, pic);
	write_style(o, pic);
	out_printf(o,
		   "<g id=\"static\"><rect class=\"bg\" width=\"%u\" height=\"%u\" "
		   "fill=\"%s\"/>\n",
		   pic->width, height, palette_page.light);
	out_write(o, out_data(head), out_pos(head));
	out_write(o, out_data(frames), out_pos(frames));
	out_str(o, "</g>\n");
	write_data(o, pic);
	out_str(o, "</svg>\n");
}

static const struct palette *palette_of(const struct svg_options *options)
{
	return options->palette ? options->palette : palette_named("kind");
}

static uint32_t kinds_of(const struct profile *p)
{
	uint32_t kinds = 0;

	for (size_t i = 0; i < p->frames.items.n; i++)
		kinds |= 1u << p->frames.items.items[i].kind;
	return kinds;
}

static unsigned width_of(const struct svg_options *options)
{
	if (!options->width)
		return DEFAULT_WIDTH;
	if (options->width < LEAST_WIDTH)
		return LEAST_WIDTH;
	return options->width > MOST_WIDTH ? MOST_WIDTH : options->width;
}

void svg_write(struct out *o, const struct profile *p, const struct run_info *c,
	       const struct svg_options *options)
{
	scoped(mem_release) char *title =
		options->title ? mem_str(options->title, strlen(options->title))
			       : svg_head_title(c);
	struct layout l;
	const struct svg_picture pic = {
		.profile = p,
		.timeline = options->timeline,
		.layout = &l,
		.run_info = c,
		.palette = palette_of(options),
		.title = title,
		.subtitle = options->subtitle,
		.width = width_of(options),
		.kinds = kinds_of(p),
	};

	layout_make(&l, p);
	write_picture(o, &pic);
	layout_release(&l);
}

void svg_write_comparison(struct out *o, const struct comparison *c,
			  const struct svg_side *sides, const struct svg_options *options)
{
	scoped(mem_release) char *title =
		options->title ? mem_str(options->title, strlen(options->title))
			       : svg_diff_title(sides);
	const struct run_info none = {0};
	struct layout l;
	struct svg_diff diff;
	const struct svg_picture pic = {
		.profile = &c->profile,
		.diff = &diff,
		.layout = &l,
		.run_info = &none,
		.palette = palette_of(options),
		.title = title,
		.subtitle = options->subtitle,
		.width = width_of(options),
		.kinds = kinds_of(&c->profile),
	};

	svg_diff_make(&diff, &l, c, sides);
	write_picture(o, &pic);
	layout_release(&l);
}
