/* Any bytes as a name of another tool's. The first byte chooses the options. */
#include "base/mem.h"
#include "fold/tidy.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tidy_options options = {0};
	size_t len;
	char *to;

	if (!size--)
		return 0;
	options.java = *data & 1;
	options.exact = *data & 2;
	/* Not a byte more than is promised to be enough. */
	to = mem_resize(NULL, size, 1);
	len = tidy_name(to, (const char *)data + 1, size, &options);
	require(len <= size);
	if (len)
		require(!memchr(to, ';', len) && !memchr(to, '"', len));
	mem_free(to);
	return 0;
}
