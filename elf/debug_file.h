/* Separate debug files: the DWARF and symbols that distributions strip from their
 * binaries and ship apart. They are found as GDB's manual ("Separate Debug Files")
 * describes: by build id in /usr/lib/debug/.build-id, and by the name in .gnu_debuglink,
 * for a file in DIR, in DIR, DIR/.debug and /usr/lib/debug/DIR. Each place is tried in
 * the root of the process that mapped the file first, then in ours. A folder of the user
 * is tried instead of /usr/lib/debug before all of them; debuginfod servers, if there are
 * any in the search, are tried last.
 *
 * Only the right file is opened: it has the same build id, if the binary has one; and if
 * it was found by name, the checksum in .gnu_debuglink. */
#pragma once

#include "elf/debuginfod.h"
#include "elf/elf_file.h"

/* The parameters of a search, and its result. */
struct debug_search {
	/* The file's path in the root of the process that mapped it; "": unknown. */
	const char *path;
	/* The absolute path of the user's folder, the caller's; NULL: none. */
	const char *folder;
	struct debuginfod *servers; /* the caller's; NULL: none */
	/* The root directory of the process, owned by the search; -1: only our own
	 * root. */
	int root;
	/* The first path with a file that was not the right one, owned; or NULL. */
	char *refused;
};

/* Also closes the root. */
void debug_search_release(struct debug_search *s);

/* Opens the debug file of 'f'. Returns a descriptor for reading, owned by the caller, or
 * -1. */
int debug_file_open(struct elf_file *f, struct debug_search *s);

/* The same for the file with this build id. */
int debug_file_open_by_id(const struct build_id *id, struct debug_search *s);

/* Opens the kernel with this build id, with symbols and DWARF: vmlinux. Distributions and
 * builds install it in places that contain the 'release', as uname(2) returns it; NULL:
 * unknown, so only the build id helps. Returns a descriptor for reading, or -1; -1 also
 * if the build id is empty. */
int debug_file_open_kernel(const struct build_id *id, const char *release,
			   struct debug_search *s);
