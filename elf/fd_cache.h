/* A bounded cache of open files by the identity of their content. If it is full, the
 * least recently used file is closed. */
#pragma once

#include "base/vec.h"
#include "elf/dso_trouble.h"
#include "model/dso.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct fd_cache_entry {
	/* Build id, or device, inode and generation; the other fields are 0. */
	struct dso identity;
	int fd;			 /* -1: the file could not be opened, */
	enum dso_trouble why;	 /* for this reason */
	struct timespec changed; /* time of the file's last change when it was opened */

	/* Private: */
	uint32_t next; /* entry in the same hash bucket */
	uint32_t older, newer;
};

struct fd_cache {
	size_t most;
	VEC(struct fd_cache_entry) items;
	uint32_t *by_hash;
	size_t n_hashes; /* a power of two */
	uint32_t oldest, newest;
};

/* Makes an empty cache with room for 'most' files, at least one. */
void fd_cache_init(struct fd_cache *k, size_t most);

/* Closes all files. */
void fd_cache_release(struct fd_cache *k);

/* The entry with the identity of 'dso', or NULL. It becomes the most recently used one.
 * Valid until the next fd_cache_add(). */
struct fd_cache_entry *fd_cache_find(struct fd_cache *k, const struct dso *dso);

/* Adds an entry without a descriptor; there must be none with the identity of 'dso'. It
 * becomes the most recently used one. Valid until the next call. */
struct fd_cache_entry *fd_cache_add(struct fd_cache *k, const struct dso *dso);
