/* The options of all commands that draw. */
#pragma once

#include "cli/command.h"
#include "flow/input_data.h"
#include "render/svg/svg.h"

#include <getopt.h>

/* Into how many slices a picture cuts the time of a recording at most. */
enum { PICTURE_SLICES = 100 };

struct picture_options {
	struct svg_options svg;
	const char *unit; /* what is counted, NULL: what the input says */
};

/* Values that getopt_long() returns for them: above those of load_options.h. */
enum picture_option {
	PICTURE_FIRST = 512,
	PICTURE_COLORS = PICTURE_FIRST,
	PICTURE_SUBTITLE,
	PICTURE_TITLE,
	PICTURE_UNIT,
	PICTURE_WIDTH,
	PICTURE_LAST = PICTURE_WIDTH,
};

/* For the command's own table of long options. */
#define PICTURE_OPTIONS                                                                  \
	{"colors", required_argument, NULL, PICTURE_COLORS},                             \
		{"countname", required_argument, NULL, PICTURE_UNIT},                    \
		{"subtitle", required_argument, NULL, PICTURE_SUBTITLE},                 \
		{"title", required_argument, NULL, PICTURE_TITLE},                       \
		{"unit", required_argument, NULL, PICTURE_UNIT},                         \
	{                                                                                \
		"width", required_argument, NULL, PICTURE_WIDTH                          \
	}

/* For its help. */
#define PICTURE_OPTIONS_HELP                                                             \
	"      --title TEXT    what stands above the picture\n"                          \
	"      --subtitle TEXT a line below it\n"                                        \
	"      --width PX      width where no script runs (default 1280)\n"              \
	"      --colors NAME   kind (default; a hue for each kind of code), hot, mem, "  \
	"io,\n"                                                                          \
	"                      red, green, blue, aqua, yellow, purple, orange\n"         \
	"      --unit NAME     what is counted, if not samples (also --countname)\n"

/* Takes one of them, PICTURE_FIRST to PICTURE_LAST. EXIT_DONE, or EXIT_USAGE with the reason
 * told. */
int picture_option_take(struct picture_options *o, int opt, const char *value,
			const struct command *command);

/* Draws what was loaded. Errors of 'out' show in out_commit(). */
void picture_draw(struct out *out, struct input_data *run,
		  const struct picture_options *o);
