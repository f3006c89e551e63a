#include "cli/picture_options.h"

#include "base/parse.h"
#include "cli/options.h"
#include "render/palette.h"

enum { WIDTH_LEAST = 200, WIDTH_MOST = 20000 };

static int take_colors(struct picture_options *o, const char *name,
		       const struct command *command)
{
	o->svg.palette = palette_named(name);
	return o->svg.palette ? EXIT_DONE
			      : usage(command, "there are no colours '%s'", name);
}

static int take_width(struct picture_options *o, const char *text,
		      const struct command *command)
{
	uint64_t width;

	if (!parse_u64(text, &width) || width < WIDTH_LEAST || width > WIDTH_MOST)
		return usage(command, "a width is %d to %d px, not '%s'", WIDTH_LEAST,
			     WIDTH_MOST, text);
	o->svg.width = (unsigned)width;
	return EXIT_DONE;
}

int picture_option_take(struct picture_options *o, int opt, const char *value,
			const struct command *command)
{
	switch (opt) {
	case PICTURE_COLORS:
		return take_colors(o, value, command);
	case PICTURE_SUBTITLE:
		o->svg.subtitle = value;
		return EXIT_DONE;
	case PICTURE_TITLE:
		o->svg.title = value;
		return EXIT_DONE;
	case PICTURE_UNIT:
		o->unit = value;
		return EXIT_DONE;
	default:
		return take_width(o, value, command);
	}
}

void picture_draw(struct out *out, struct input_data *run,
		  const struct picture_options *o)
{
	struct svg_options svg = o->svg;

	svg.timeline = &run->timeline;
	if (o->unit)
		run->run_info.unit = run_info_text(&run->run_info, o->unit);
	svg_write(out, &run->profile, &run->run_info, &svg);
}
