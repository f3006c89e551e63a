#include "render/palette.h"

#include "base/scoped.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

struct hue {
	const char *label;
	struct palette_colour shades[PALETTE_SHADES];
};

/* Hues after those of the kinds. */
enum { PURPLE = FRAME_KINDS, HOT, HUES };

/* The middle shade, and one 0.022 of OKLCH lightness darker and lighter. Each two hues
 * differ for people who see no red, no green or no blue. */
static const struct hue hues[HUES] = {
	[FRAME_ROOT] = {"process or thread",
			{{"#d6d7d7", "#373737"},
			 {"#dddede", "#3d3d3d"},
			 {"#e4e5e5", "#434343"}}},
	[FRAME_KERNEL] = {"kernel",
			  {{"#e4a767", "#804d04"},
			   {"#ebae6e", "#875310"},
			   {"#f2b575", "#8e5919"}}},
	[FRAME_MODULE] = {"kernel module",
			  {{"#d67851", "#7a2800"},
			   {"#de7f58", "#812f03"},
			   {"#e6865f", "#88360d"}}},
	[FRAME_USER] = {"program",
			{{"#5f9ce5", "#0e4a87"},
			 {"#66a3ec", "#16508e"},
			 {"#6daaf3", "#1d5695"}}},
	[FRAME_LIBRARY] = {"library",
			   {{"#9dcaee", "#2f5673"},
			    {"#a4d1f5", "#355c7a"},
			    {"#abd8fc", "#3b6281"}}},
	[FRAME_JIT] = {"JIT code",
		       {{"#70c69f", "#006243"},
			{"#77cda6", "#086849"},
			{"#7ed4ad", "#156e4f"}}},
	[FRAME_INTERPRETED] = {"interpreted",
			       {{"#efea8c", "#676000"},
				{"#f6f193", "#6d6600"},
				{"#fdf89a", "#736c0e"}}},
	[FRAME_UNKNOWN] = {"no name known",
			   {{"#c7c7c7", "#3c3c3c"},
			    {"#cecece", "#424242"},
			    {"#d5d5d5", "#484848"}}},
	[PURPLE] = {NULL,
		    {{"#c177b3", "#703065"},
		     {"#c87eba", "#77376c"},
		     {"#cf85c1", "#7e3e73"}}},
	[HOT] = {NULL,
		 {{"#de7f58", "#812f03"},
		  {"#ebae6e", "#875310"},
		  {"#f6f193", "#6d6600"}}},
};

/* The palettes of flamegraph.pl that depend on a frame's kind (java, js, perl) are
 * "kind" here. */
static const struct palette palettes[] = {
	{"kind", FRAME_ROOT},
	{"java", FRAME_ROOT},
	{"js", FRAME_ROOT},
	{"perl", FRAME_ROOT},
	{"hot", HOT},
	{"mem", FRAME_JIT},
	{"io", FRAME_USER},
	{"red", FRAME_MODULE},
	{"green", FRAME_JIT},
	{"blue", FRAME_USER},
	{"aqua", FRAME_LIBRARY},
	{"yellow", FRAME_INTERPRETED},
	{"purple", PURPLE},
	{"orange", FRAME_KERNEL},
};

const struct palette_colour palette_label = {"#141414", "#f4f4f4"};
const struct palette_colour palette_page = {"#ffffff", "#16181d"};
const struct palette_colour palette_text = {"#16181d", "#e9ebf0"};
const struct palette_colour palette_muted = {"#565d6a", "#a0a7b4"};
const struct palette_colour palette_warning = {"#b3261e", "#ff9a8d"};

const struct palette *palette_named(const char *name)
{
	for (size_t i = 0; i < array_size(palettes); i++)
		if (strcmp(palettes[i].name, name) == 0)
			return &palettes[i];
	return NULL;
}

const char *palette_name(size_t i)
{
	return i < array_size(palettes) ? palettes[i].name : NULL;
}

static bool has_own_hue(const struct palette *p, enum frame_kind kind)
{
	return p->hue == FRAME_ROOT || kind == FRAME_ROOT || kind == FRAME_UNKNOWN;
}

const struct palette_colour *palette_colour(const struct palette *p, enum frame_kind kind,
					    unsigned shade)
{
	assert(kind < FRAME_KINDS && shade < PALETTE_SHADES);
	return &hues[has_own_hue(p, kind) ? kind : p->hue].shades[shade];
}

/* FNV-1a: the same on every machine, today and tomorrow. */
static uint32_t number_of(const char *text)
{
	uint32_t n = 2166136261;

	while (*text)
		n = (n ^ (unsigned char)*text++) * 16777619;
	return n ^ n >> 16;
}

unsigned palette_shade(const struct frame_table *frames, const struct frame *f)
{
	bool by_object = f->object && f->kind != FRAME_KERNEL;
	const char *of = strtab_str(frames->strings, by_object ? f->object : f->name);

	if (f->kind == FRAME_ROOT)
		return PALETTE_SHADES / 2;
	return number_of(of) % PALETTE_SHADES;
}

const char *palette_kind_label(const struct palette *p, enum frame_kind kind)
{
	return has_own_hue(p, kind) ? hues[kind].label : "code";
}
