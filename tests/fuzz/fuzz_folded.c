/* Any text as folded stacks. The profile that was read, once it is written, must be
 * read back without a bad line and be written the same again, with the options for
 * marks and without. */
#include "fold/folded.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Reads a text and writes the profile. Returns NULL if its numbers add up to too much. */
static struct out *read_and_write(const char *text, size_t size, bool marks, size_t *bad)
{
	const struct text_write_options options = {.kernel = marks, .jit = marks};
	struct out *o = out_memory();
	struct text_read_result result;
	struct profile p;

	profile_init(&p);
	folded_read(&p, text, size, NULL, &result);
	*bad = result.bad_lines;
	require(!*bad == !result.first_bad_line && result.first_bad_line <= size);
	require(!p.has_overflow || result.overflow_line);
	if (result.overflow_line)
		out_free(&o);
	else
		folded_write(o, &p, &options);
	profile_release(&p);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct out *first, *second;
	size_t bad;

	first = read_and_write((const char *)data, size, false, &bad);
	if (!first)
		return 0;
	second = read_and_write(out_data(first), out_pos(first), true, &bad);
	require(second && !bad);
	require(out_pos(first) == out_pos(second));
	require(memcmp(out_data(first), out_data(second), out_pos(first)) == 0);
	out_free(&first);
	out_free(&second);
	return 0;
}
