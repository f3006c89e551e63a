/* Separate debug files: the DWARF and symbols that distributions strip from their
 * binaries and ship apart. They are found as GDB's manual ("Separate Debug Files")
 * describes: by build id in /usr/lib/debug/.build-id, and by the name in .gnu_debuglink,
 * for a file in DIR, in DIR, DIR/.debug and /usr/lib/debug/DIR. The places of the user
 * (file_places.h) are tried first: their folders instead of /usr/lib/debug, and their
 * root directory instead of ours. There, a program that is not stripped serves as a debug
 * file. Their servers are tried last.
 *
 * The name and the folder are choices of the program's owner. So they only count in the
 * root of the process that mapped the file, and in ours if the mapped file is at its path
 * in ours. For other programs our root has only debug files by build id. The user's
 * folders and our /usr/lib/debug are searched without links that leave them, a program's
 * own folder without any link. Outside of ours, and in a program's own folder, the debug
 * file must belong to the owner of the mapped file, or to root and be readable for
 * everybody.
 *
 * Only the right file is opened: it has the same build id, if the binary has one; and if
 * it was found by name, the checksum in .gnu_debuglink. */
#pragma once

#include "elf/elf_file.h"
#include "elf/process_root.h"
#include "elf/search/file_places.h"

#include <sys/stat.h>

/* The parameters of a search, and its result. debug_search_of() sets the first four; the
 * caller may set the others. */
struct debug_search {
	struct slow_files *slow; /* see path_open.h, the caller's */
	/* The file's path in the root of the process that mapped it; "": unknown. */
	const char *path;
	uint32_t owner;			  /* of the mapped file */
	bool is_at_path;		  /* the mapped file is at 'path' in our root */
	const struct file_places *places; /* the caller's; NULL: none */
	/* The root of the process, owned by the search. */
	struct process_root root;
	/* For all files of the search, the caller's; NULL: no limit. */
	struct budget *memory;
	/* The first path with a file that was not the right one, owned; or NULL. */
	char *refused;
	/* The path of the debug file that was opened last, in our root; owned. */
	char *opened;
	/* The budget was too small for one of the files. */
	bool lacks_memory;
};

/* Returns a search for the debug file of the mapped file 'fd' (-1: unknown) with the path
 * 'path', which must live as long as the search. */
struct debug_search debug_search_of(struct slow_files *slow, const char *path, int fd);

/* The same for a mapped file in the state 'own', of which a copy may be open. */
struct debug_search debug_search_of_file(struct slow_files *slow, const char *path,
					 const struct stat *own);

/* Also closes the root. */
void debug_search_release(struct debug_search *s);

/* Opens the debug file of 'f'. Returns a descriptor for reading, owned by the caller, or
 * -1. */
int debug_file_open(struct elf_file *f, struct debug_search *s);

/* Opens the file of parts that several debug files share, as dwz makes it: by its build
 * id, or at 'path', the name in .gnu_debugaltlink. A path in /usr/lib/debug is one in
 * each of the folders for debug files, a relative one begins in the folder of the debug
 * file that was opened last. */
int debug_file_open_shared(const char *path, const struct build_id *id,
			   struct debug_search *s);

/* Opens a debug file by its build id alone, from all places and servers. */
int debug_file_open_by_id(const struct build_id *id, struct debug_search *s);

/* Opens the kernel with this build id, with symbols and DWARF: vmlinux. The file that the
 * user has named comes first; if the build id is empty, it counts only if the places
 * insist. Distributions and
 * builds install it in places that contain the 'release', as uname(2) returns it; NULL:
 * unknown, so only the build id helps. Returns a descriptor for reading, or -1. */
int debug_file_open_kernel(const struct build_id *id, const char *release,
			   struct debug_search *s);
