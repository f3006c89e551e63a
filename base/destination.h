/* The place of an output: a name in a folder that is held open, or an open file. Another
 * user cannot make it lead elsewhere (path_walk.h), and a folder that is renamed
 * meanwhile stays the place.
 *
 * destination_open() only looks, so an output that cannot be written is refused before
 * any work is done. destination_create() begins to write. */
#pragma once

#include "base/error.h"
#include "base/readers.h"

#include <stdbool.h>
#include <sys/stat.h>

enum out_flags {
	/* out_commit() renames an existing file to 'path'.old. */
	OUT_KEEP_OLD = 1,
	/* Only the owner may read the file. */
	OUT_PRIVATE = 2,
	/* Pipes, devices and standard output are refused. */
	OUT_REGULAR = 4,
};

struct destination {
	/* as the caller gave it, or "standard output": for messages */
	char *path;
	unsigned flags;
	/* of the existing file; st_mode is 0 if there is none */
	struct stat st;

	/* private: the folder (O_PATH), and the name of a regular file in it, or NULL */
	int folder;
	char *name;
	/* a pipe or device (O_PATH: 'is_path'), a descriptor to be written, or -1 */
	int fd;
	bool is_path;
	/* like 'st', of 'path'.old with OUT_KEEP_OLD */
	struct stat old;
};

/* Finds the place for 'path', "-" for standard output, and changes nothing. 'flags' are
 * of enum out_flags. An open file (/dev/stdout, /dev/fd/N) is written where it is, but
 * with OUT_REGULAR it is replaced. Returns -1 with 'err' filled ("cannot write 'PATH':
 * ...") if the output is impossible or dangerous: a folder, a link that another user may
 * have planted, a pipe of another user in a folder to which all may write, a block
 * device, a file or folder that this user may not write; with OUT_KEEP_OLD also if the
 * name 'PATH'.old is taken by something that is no file. */
int destination_open(struct destination *d, const char *path, unsigned flags,
		     struct error *err);

/* Closes the descriptors. Works with scoped(); copes with a zeroed one. */
void destination_release(struct destination *d);

/* Whether this file is the destination's, and whether it is the file at 'PATH'.old that
 * OUT_KEEP_OLD removes. Only regular files can be. */
bool destination_is(const struct destination *d, const struct stat *file);
bool destination_removes(const struct destination *d, const struct stat *file);

/* Whether both write the same file, existing or not. */
bool destination_same(const struct destination *a, const struct destination *b);

/* Whether a file at the path is replaced, and not written directly. */
bool destination_replaces(const struct destination *d);

/* Opens the file for writing. A regular one is new, for 'readers' at most, and has the
 * name *partial in the folder until destination_publish(); the caller frees *partial,
 * which is NULL if the output is written directly. Returns the descriptor, which belongs
 * to the caller unless it is STDOUT_FILENO, or -1. */
int destination_create(const struct destination *d, const struct readers *readers,
		       char **partial, struct error *err);

/* Renames *partial to the final name, and with OUT_KEEP_OLD an existing file before.
 * Returns -1 if that fails: the file keeps the name *partial, which the text of 'err'
 * contains. */
int destination_publish(const struct destination *d, const char *partial,
			struct error *err);

/* The path of a name in the folder, wherever the folder is now; mem_free() frees it. */
char *destination_path_of(const struct destination *d, const char *name);
