/* Any bytes as a picture, and as the data of a picture before it is deflated. A
 * profile that can be read can be drawn and read back; once its names are as they are
 * shown, every further picture is the same. */
#include "base/out.h"
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

static uint32_t adler32(const uint8_t *data, size_t size)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < size; i++) {
		a = (a + data[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

/* Writes 'data' as a zlib stream of stored blocks (RFC 1950, RFC 1951): a compressor
 * takes megabytes for each run. */
static void write_stored(struct out *o, const uint8_t *data, size_t size)
{
	uint32_t sum = __builtin_bswap32(adler32(data, size));
	size_t at = 0;

	out_write(o, "\x78\x01", 2);
	do {
		size_t len = size - at < 0xffff ? size - at : 0xffff;

		out_put_u8(o, at + len == size);
		out_put_u16(o, (uint16_t)len);
		out_put_u16(o, (uint16_t)~len);
		out_write(o, data + at, len);
		at += len;
	} while (at < size);
	out_write(o, &sum, sizeof(sum));
}

/* Data that inflates to 'data', in a picture. */
static void try_packed(const uint8_t *data, size_t size)
{
	scoped(out_free) struct out *packed = out_memory(), *o = out_memory();

	varint_write(packed, size);
	write_stored(packed, data, size);
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
