/* Separate debug files: what distributions strip from their binaries and ship apart.
 * GDB's manual ("Separate Debug Files") says where they lie: by build id in
 * /usr/lib/debug/.build-id, and by the name in .gnu_debuglink, for a file in DIR, in DIR,
 * DIR/.debug and /usr/lib/debug/DIR; each of them in the root of the process that mapped
 * the file before ours. A folder that the user names stands in for /usr/lib/debug before
 * all of them. Last come debuginfod servers, if they may be asked.
 *
 * Only the right one is taken: of the same build id if the file has one, and for a name
 * also of the checksum that stands with it. */
#pragma once

#include "elf/debuginfod.h"
#include "elf/elf_file.h"

/* For which file, and what came of it. */
struct debug_search {
	const char *
		path; /* of the file, as the process that mapped it sees it; "": unknown */
	const char
		*folder; /* the user's, from the root on, somebody else's; NULL: none */
	struct debuginfod *servers; /* somebody else's, asked last; NULL: none */
	int root; /* that process's root directory, owned; -1: ours is the only one */
	char *refused; /* the first that stood in a place and was not the right one, or NULL */
};

/* Closes the root, too. */
void debug_search_release(struct debug_search *s);

/* The debug file of 'f'. A descriptor for reading, the caller's to close, or -1. */
int debug_file_open(struct elf_file *f, struct debug_search *s);

/* The debug file of that build id. */
int debug_file_open_by_id(const struct build_id *id, struct debug_search *s);

/* The kernel of that build id, which it has to have, with its symbols and its DWARF:
 * vmlinux, which distributions and builds put at places with the 'release' in them, as
 * uname tells it (NULL: unknown, so only the build id helps). */
int debug_file_open_kernel(const struct build_id *id, const char *release,
			   struct debug_search *s);
