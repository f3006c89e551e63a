#include "cli/picture_options.h"

#include "flow/output/output_format.h"
#include "render/palette.h"

enum { WIDTH_LEAST = 200, WIDTH_MOST = 20000 };

static bool set_colors(void *group, const char *value)
{
	struct output_options *o = group;

	o->svg.palette = palette_named(value);
	return o->svg.palette != NULL;
}

#define PALETTES "hot, mem, io, red, green, blue, aqua, yellow, purple, orange"

const struct option_spec picture_option_specs[] = {
	{"title", 0, "TEXT", "title of the picture",
	 OPTION_TEXT(struct output_options, svg.title)},
	{"subtitle", 0, "TEXT", "line below the title",
	 OPTION_TEXT(struct output_options, svg.subtitle)},
	{"width", 0, "PX", "width in viewers that run no scripts (default 1280)",
	 OPTION_NUMBER(struct output_options, svg.width, WIDTH_LEAST, WIDTH_MOST)},
	{"colors", 0, "NAME", "kind (default: a hue for each kind of code), " PALETTES,
	 .noun = "colours", .expected = "kind, " PALETTES, OPTION_SETTER(set_colors)},
	{"unit", 0, "NAME", "name of the quantity, if it is not samples",
	 .alias = "countname", OPTION_TEXT(struct output_options, unit)},
	{0},
};
