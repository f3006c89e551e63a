/* Any bytes as a program with DWARF. The seeds are tiny programs of gcc 12 and clang
 * 14, in which something is inlined into what was inlined: -O2 -g -nostdlib -static
 * -Wl,-z,noseparate-code, with the options in their names. */
#include "symbolize/dwarf/source_dwarf.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STEP = 3, LAST = 8192 };

static void look_everywhere(struct source_dwarf *d)
{
	const struct inline_frame *p;

	for (uint64_t at = 0; at < LAST; at += STEP) {
		struct inline_list places = {0};
		bool found = source_dwarf_look_up(d, at, &places);

		require(found == (places.items.n > 0));
		vec_each(p, &places.items) {
			require(!p->function == (p == vec_last(&places.items)));
			require(!p->function || *p->function);
			require(!p->file || strlen(p->file) < LAST);
		}
		vec_release(&places.items);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("dwarf", MFD_CLOEXEC);
	struct debug_search search = debug_search_of(NULL, "", fd);
	struct source_dwarf *d;
	struct error err;

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	d = source_dwarf_open(fd, &search, true, &err);
	debug_search_release(&search);
	close(fd);
	if (d)
		look_everywhere(d);
	source_dwarf_close(&d);
	return 0;
}
