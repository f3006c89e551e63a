/* Any file as a compressed one: it expands within the limit, or there is a message. */
#include "base/fd.h"
#include "base/scoped.h"
#include "flow/encoded/packing.h"
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIMIT = 16 << 20, CHUNK = 256 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct packing *packing = packing_of((const char *)data, size);
	scoped(fd_close) int from = -1;
	scoped(fd_close) int to = -1;
	struct error err = {0};
	struct stat st;

	if (!packing)
		return 0;
	from = memfd_create("packed", MFD_CLOEXEC);
	to = memfd_create("expanded", MFD_CLOEXEC);
	require(write(from, data, size) == (ssize_t)size);
	require(lseek(from, 0, SEEK_SET) == 0);
	require(packing_expand(packing, from, to, LIMIT, "x", &err) == 0 || *err.text);
	require(fstat(to, &st) == 0 && st.st_size <= LIMIT + CHUNK);
	return 0;
}
