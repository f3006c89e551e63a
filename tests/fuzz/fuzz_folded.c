/* Any text as folded stacks. What was written of it must be read back without a bad line and
 * be written the same again, whether the marks that it has are asked for or not. */
#include "fold/folded.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Reads a text and writes what it was understood to be. */
static struct out *read_and_write(const char *text, size_t size, bool marks, size_t *bad)
{
	const struct folded_options options = {.kernel = marks, .jit = marks};
	struct out *o = out_memory();
	size_t first_bad = 0;
	struct profile p;

	profile_init(&p);
	*bad = folded_read(&p, text, size, &first_bad);
	require(*bad ? first_bad && first_bad <= size : !first_bad);
	folded_write(o, &p, &options);
	profile_release(&p);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct out *first, *second;
	size_t bad;

	first = read_and_write((const char *)data, size, false, &bad);
	second = read_and_write(out_data(first), out_pos(first), true, &bad);
	require(!bad);
	require(out_pos(first) == out_pos(second));
	require(memcmp(out_data(first), out_data(second), out_pos(first)) == 0);
	out_free(&first);
	out_free(&second);
	return 0;
}
