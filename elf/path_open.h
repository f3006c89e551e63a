/* Opens files by paths that others chose: the owner of a profiled program, its
 * container, a recording from elsewhere. Such a path can lead to a device, to a file of
 * /proc that is empty after it was read, or to a file that only root may read. So a file
 * is found first, which calls no driver, then checked, and only then opened. */
#pragma once

#include "base/thread/slow_files.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* The symbolic links that are followed in a path. None of them is a "magic" link of
 * /proc. */
enum path_links {
	LINKS_NONE,
	LINKS_BENEATH, /* relative links that stay beneath the folder */
	LINKS_IN_ROOT, /* all, as if the folder were the root directory */
	LINKS_ALL,
};

/* In the functions below, 'slow' is for file systems that may not answer (NULL: wait for
 * them). If one does not, errno is ETIMEDOUT. */

/* Finds the regular file 'path' in 'folder' (-1: our root directory), a descriptor of a
 * directory. Slashes at the start of 'path' are ignored, except with -1. Files of more
 * than 1 TiB, and files of kernel interfaces like /proc and /sys, count as missing. Sets
 * *st. Returns a descriptor of O_PATH, owned by the caller, or -1 with errno. */
int path_find(struct slow_files *slow, int folder, const char *path,
	      enum path_links links, struct stat *st);

/* Checks the same of a file that is found already, and sets *st. Returns false with
 * errno. */
bool path_check(struct slow_files *slow, int at, struct stat *st);

/* Sets *st to what the kernel knows of a file without asking its file system. */
bool path_stat(int at, struct stat *st);

/* Opens a file that path_check() or path_find() accepted; of a slow file system, a copy
 * of the file in memory. Returns a descriptor for reading, owned by the caller, or -1
 * with errno. */
int path_read(struct slow_files *slow, int at);

/* Opens such a file that still grows: never a copy. */
int path_read_growing(struct slow_files *slow, int at);

/* Whether the user 'owner' may have put this file where it was found: it belongs to that
 * user, or to root and everybody may read it. */
bool path_is_of(const struct stat *st, uint32_t owner);
