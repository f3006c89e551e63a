/* Any bytes as a jitdump. The first byte decides whether its times count. */
#include "symbolize/source_jitdump.h"
#include "tests/fuzz/code.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jit_code_table *t;
	struct error err;
	int fd;

	if (!size)
		return 0;
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	require(fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)size - 1);
	t = jit_code_table_new();
	if (source_jitdump_load(t, fd, *data & 1, &err) < 0)
		require(!t->items.n);
	require(t->items.n <= size / 56);
	require_codes(t);
	jit_code_table_free(&t);
	close(fd);
	return 0;
}
