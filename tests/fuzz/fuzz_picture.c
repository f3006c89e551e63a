/* Anything as a picture, and as the data of one. What was read of it can be drawn and read back;
 * once its names are as they are shown, every further picture is the same. */
#include "base/scoped.h"
#include "render/data/svg_data.h"
#include "render/data/svg_read.h"
#include "render/svg/svg.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Reads a picture and draws it again; NULL where it is none. */
static struct out *redraw(const char *text, size_t size)
{
	struct run_info c = {0};
	struct timeline t = {0};
	struct out *o = NULL;
	struct profile p;
	struct error err;

	profile_init(&p);
	if (svg_read(&p, &t, &c, text, size, &err) == 0) {
		o = out_memory();
		svg_write(o, &p, &c, &(struct svg_options){.timeline = &t});
	}
	timeline_release(&t);
	profile_release(&p);
	run_info_release(&c);
	return o;
}

static void try(const char *text, size_t size)
{
	scoped(out_free) struct out *first = redraw(text, size);
	scoped(out_free) struct out *second = NULL, *third = NULL;

	if (!first)
		return;
	second = redraw(out_data(first), out_pos(first));
	require(second);
	third = redraw(out_data(second), out_pos(second));
	require(third && out_pos(third) == out_pos(second));
	require(memcmp(out_data(third), out_data(second), out_pos(second)) == 0);
}

/* A coder's digits (coder.h), those that every byte may be taken for, so that not much is
 * refused. */
static const char digits[] = "!Az*09^";

static bool is_digit(uint8_t c)
{
	return c > ' ' && c <= '~' && c != '&' && c != '<' && c != '>';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(out_free) struct out *o = out_memory();

	try((const char *)data, size);
	out_printf(o, "<metadata id=\"data\">%c", SVG_DATA_VERSION);
	for (size_t i = 0; i < size; i++)
		out_char(o, is_digit(data[i]) ? (char)data[i]
					      : digits[data[i] % strlen(digits)]);
	out_str(o, "</metadata>");
	try(out_data(o), out_pos(o));
	return 0;
}
