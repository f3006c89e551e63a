/* Any text as the map of the code that a program made. */
#include "symbolize/source_perf_map.h"
#include "tests/fuzz/code.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct jit_code_table *t = jit_code_table_new();
	struct error err;

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	require(source_perf_map_load(t, fd, true, &err) == 0);
	/* The shortest line there is. */
	require(t->items.n <= size / 6);
	require_codes(t);
	jit_code_table_free(&t);
	close(fd);
	return 0;
}
