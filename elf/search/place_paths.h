/* Places of files of other machines, as a user names them. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "elf/search/file_places.h"

enum { PLACE_FOLDERS_MAX = 63 };

/* The pointers are the caller's. Zeroed: no places. */
struct place_paths {
	/* One more is for perf's cache. */
	const char *folders[PLACE_FOLDERS_MAX + 1];
	size_t n_folders;
	const char *root, *vmlinux, *kallsyms; /* as in struct file_places */
};

/* Adds a folder. Returns false if there are too many. */
bool place_paths_add(struct place_paths *p, const char *folder);

/* Makes all paths absolute, in memory of 'text', and adds perf's cache in the folder
 * 'home' (NULL: none) to the folders. Returns -1 with *err filled if a path cannot be
 * opened. */
int place_paths_resolve(struct place_paths *p, const char *home, struct arena *text,
			struct error *err);

/* The places of resolved paths, as long as 'p' and its text live. */
struct file_places place_paths_places(const struct place_paths *p);
