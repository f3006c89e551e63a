/* The files that a keeper (dso_keeper.h) holds, and when it lets them go. */
#pragma once

#include "elf/keep/fd_cache.h"
#include "elf/keep/file_users.h"
#include "elf/keep/loans.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Only the keeper may use the fields. */
struct kept_files {
	/* For all fields. Never held while a file is opened or read. */
	pthread_mutex_t lock;
	struct fd_cache files;
	struct file_users users;
	struct loans loans;
	size_t dropped; /* copies */
	/* Another process has descriptors of the files that were handed out. */
	void (*let_go)(void *data, struct fd_cache_ref file, int copy);
	void *let_go_data;
};

/* Makes room for 'most' files. */
void kept_files_init(struct kept_files *k, size_t most);
void kept_files_release(struct kept_files *k);

/* A copy of an entry, with descriptors of its own; -1: none. */
struct kept_file {
	struct fd_cache_entry entry;
	struct fd_cache_ref ref;
	int at, copy;
	bool has_room; /* false: this process may have no more descriptors */
};

/* Copies the entry of a file, for another process if 'hands_out'. Returns false if there
 * is none. The caller calls kept_file_release(), which works with scoped(). */
bool kept_files_copy(struct kept_files *k, const struct dso *dso, bool hands_out,
		     struct kept_file *file);
void kept_file_release(struct kept_file *file);

/* Whether a file was let go already. */
bool kept_file_was_let_go(const struct fd_cache_entry *file);

/* Forgets files: the process has as many open files as it may have, with lent ones and
 * those of other parts of it. */
void kept_files_make_room(struct kept_files *k);

/* Does the work of dso_keeper_tend(). make_copy(data, at, bytes) returns a copy of the
 * file of an O_PATH descriptor, and sets *bytes to its size; or -1 with errno. 'most' is
 * for the bytes of all copies. */
typedef int kept_files_copy_fn(void *data, int at, size_t *bytes);
void kept_files_tend(struct kept_files *k, size_t most, kept_files_copy_fn *make_copy,
		     void *data);
