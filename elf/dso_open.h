/* Opens the file of a dso by a path, if it is that file. */
#pragma once

#include "model/dso.h"
#include "model/dso_trouble.h"

#include <stdbool.h>
#include <sys/stat.h>

struct slow_files;

/* How files are opened. */
struct dso_opening {
	struct slow_files *slow; /* see path_open.h */
	bool grows;		 /* the descriptor must not be one of a copy */
	bool is_of_here;	 /* the dso is of this machine */
	/* Set to the state of the opened file, which its copy does not have; NULL: not
	 * wanted. */
	struct stat *found;
};

/* Opens the file of a dso at its path, or at its path before it was deleted, or as the
 * program that its process runs. The path belongs to the root directory of the process if
 * that still runs, which it only may if 'is_live'; else to our root. The file must have
 * the build id of the dso, if it has one, and its device, inode and generation, if it has
 * them; but if not 'is_live', a build id is enough: inodes are another machine's or were
 * given anew, and with 'is_of_here' the size, if the dso has one. Sets
 * *opened to a descriptor for reading, owned by the caller, and returns DSO_NO_TROUBLE.
 * DSO_REPLACED means another file at that path in that root. */
enum dso_trouble dso_open(const struct dso_opening *o, const struct dso *dso,
			  const char *path, bool is_live, int *opened);

/* The same for a file that path_open.h has found and checked. */
enum dso_trouble dso_open_found(const struct dso_opening *o, int at,
				const struct stat *st, const struct dso *dso,
				int *opened);
