/* Places that hold files of other machines: folders with files by build id, a copy of the
 * other machine's root directory, and debuginfod servers.
 *
 * A folder may have each of these layouts; XX are the first two digits of the build id,
 * REST the others:
 *
 *     .build-id/XX/REST.debug    debug file, as GDB's manual describes
 *     .build-id/XX/REST          program or library, as distributions install links
 *     .build-id/XX/REST/elf      the same in the cache of perf, which is also the content
 *                                of an archive of 'perf archive'; beside it there may be
 *                                "debug", "kallsyms" or "vdso"
 *     XXREST/executable          program or library in the cache of debuginfod, where the
 *                                debug file is "debuginfo"
 *
 * Links that leave the folder are not followed. A file counts only with the right build
 * id, which kallsyms alone does not have. */
#pragma once

#include "elf/search/debuginfod.h"
#include "model/build_id.h"

#include <stdbool.h>
#include <stddef.h>

struct slow_files;

/* All pointers are the caller's. Zeroed: no places. */
struct file_places {
	const char *const *folders; /* absolute paths, the first one is used first */
	size_t n_folders;
	const char *root;	    /* absolute path of a root directory; NULL: none */
	const char *vmlinux;	    /* file of the recorded kernel; NULL: none */
	const char *kallsyms;	    /* its /proc/kallsyms; NULL: none */
	struct debuginfod *servers; /* NULL: none */
	/* The recording identifies some files by their paths alone: these are taken. */
	bool insists;
};

static inline bool file_places_have_servers(const struct file_places *p)
{
	return p && p->servers;
}

enum place_kind { PLACE_PROGRAM, PLACE_DEBUG, PLACE_KALLSYMS, PLACE_VDSO };

/* Opens the file with this build id in one of the folders. Returns a descriptor for
 * reading, owned by the caller, or -1. Sets *refused, unless it is set, to the path of
 * the first file that has another build id; mem_free() frees it. 'p' may be NULL, 'slow'
 * is that of path_open.h. */
int file_places_open(const struct file_places *p, struct slow_files *slow,
		     enum place_kind kind, const struct build_id *id, char **refused);

/* Opens a file by its name alone, the absolute path 'path', in one of the folders: at
 * that path below the folder, or in the folder itself. The caller checks it. */
int file_places_open_by_name(const struct file_places *p, struct slow_files *slow,
			     const char *path);

/* The same as file_places_open() for the file at the absolute path 'path' in the root
 * directory of 'p'. Links lead to files in that directory. An empty build id accepts any
 * file. */
int file_places_open_in_root(const struct file_places *p, struct slow_files *slow,
			     const char *path, const struct build_id *id, char **refused);

/* Opens the file at 'path', which path_find() found as 'at', if it has that build id,
 * unless that is empty. Sets *refused likewise. */
int file_places_read(struct slow_files *slow, int at, const char *path,
		     const struct build_id *id, char **refused);
