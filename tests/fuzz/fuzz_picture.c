/* Any bytes as a picture, and as the data of a picture before it is deflated. A
 * profile that can be read can be drawn and read back; once its names are as they are
 * shown, every further picture is the same. */
#include "base/deflate.h"
#include "base/scoped.h"
#include "render/data/base91.h"
#include "render/data/svg_data.h"
#include "render/data/svg_read.h"
#include "render/data/varint.h"
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

/* Data that inflates to 'data', in a picture. */
static void try_packed(const uint8_t *data, size_t size)
{
	scoped(out_free) struct out *packed = out_memory(), *o = out_memory();
	size_t deflated_size;
	scoped(mem_release) void *deflated = deflate_pack(data, size, &deflated_size);

	varint_write(packed, size);
	out_write(packed, deflated, deflated_size);
	out_printf(o, "<metadata id=\"data\">%c", SVG_DATA_VERSION);
	base91_write(o, out_data(packed), out_pos(packed));
	out_str(o, "</metadata>");
	try(out_data(o), out_pos(o));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try((const char *)data, size);
	try_packed(data, size);
	return 0;
}
