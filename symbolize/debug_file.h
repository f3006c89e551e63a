/* Separate debug files: what distributions strip from their binaries and ship apart. GDB's
 * manual ("Separate Debug Files") says where they lie: by build id in /usr/lib/debug/.build-id,
 * and by the name in .gnu_debuglink, for a file in DIR, in DIR, DIR/.debug and
 * /usr/lib/debug/DIR; each of them in the root of the process that mapped the file before ours.
 * Last come debuginfod servers, if they may be asked.
 *
 * Only the right one is taken: of the same build id if the file has one, and for a name also of
 * the checksum that stands with it. */
#pragma once

#include "symbolize/debuginfod.h"
#include "symbolize/elf_file.h"

/* For which file, and what came of it. */
struct debug_search {
	const char *
		path; /* of the file, as the process that mapped it sees it; "": unknown */
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
