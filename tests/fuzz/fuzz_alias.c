/* Any bytes as a name; the first byte is the kind of the name. */
#include "base/mem.h"
#include "diff/alias.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static size_t (*const makes[])(char *, const char *, size_t) = {
		alias_function, alias_root, alias_object};
	size_t (*make)(char *, const char *, size_t);
	size_t len;
	char *to;

	if (!size--)
		return 0;
	make = makes[*data++ % 3];
	/* Names have no NUL, and not a byte more than is promised to be enough. */
	size = strnlen((const char *)data, size);
	to = mem_resize(NULL, size, 1);
	len = make(to, (const char *)data, size);
	require(len <= size && (len > 0) == (size > 0));
	mem_free(to);
	return 0;
}
