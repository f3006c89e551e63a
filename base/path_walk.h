/* The way to an output: resolves a path from descriptor to descriptor, so that no folder
 * can be swapped between the check and the use. Follows a symbolic link only if no
 * user but root and this one can have put it there. */
#pragma once

#include "base/error.h"

#include <limits.h>
#include <stdbool.h>

/* Zero-initialized it is not valid: path_walk() fills it, path_walk_release() closes its
 * descriptors. */
struct path_walk {
	/* the folder of the file, opened with O_PATH */
	int folder;
	/* name of the file in the folder; it was no symbolic link */
	char name[NAME_MAX + 1];
	/* the file, opened with O_PATH; -1: there is none */
	int file;
	/* The path ends in a link of /proc that leads to an open file (/dev/stdout): the
	 * folder is one of /proc, and the name is that of the link. */
	bool is_open_file;
};

/* Resolves 'path'; the file need not exist. A link is followed if its owner is root or
 * this user, and if no other users may write to its folder: its owner is one of the two,
 * and neither all users may write to it nor a group, other than root's and this process's
 * own. Returns -1 with 'err' filled ("cannot write
 * 'PATH': ...") if there is no folder, if the path names a folder, or if a link is
 * refused: then the text names the link. */
int path_walk(struct path_walk *w, const char *path, struct error *err);

/* Returns -1 with 'err' filled if another user, not root, could put a file or a link at
 * the absolute path, or below it: the owner of a folder on the way is another user, or
 * all users may write to it. A sticky folder is allowed if the next one exists. The path
 * itself need not exist. */
int path_check_private(const char *path, struct error *err);

/* Closes the descriptors. Works with scoped(). */
void path_walk_release(struct path_walk *w);
