/* Open files by the identity of what they hold, a bounded number: where there is no room,
 * the one that was asked for least recently is closed. */
#pragma once

#include "base/vec.h"
#include "elf/dso_trouble.h"
#include "model/dso.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct fd_cache_entry {
	struct dso
		identity; /* build id, else device, inode and generation; the rest is 0 */
	int fd;		  /* -1: it could not be had, */
	enum dso_trouble why;
	struct timespec changed; /* its content, when it was opened */
	uint32_t next;		 /* under the same hash */
	uint32_t older, newer;
};

struct fd_cache {
	size_t most;
	VEC(struct fd_cache_entry) items;
	uint32_t *by_hash; /* a power of two of them */
	size_t n_hashes;
	uint32_t oldest, newest;
};

/* Room for 'most' files, at least one. */
void fd_cache_init(struct fd_cache *k, size_t most);

/* Closes them all. */
void fd_cache_release(struct fd_cache *k);

/* The one with the identity of 'dso', or NULL; from now on it is the newest. Valid until
 * the next fd_cache_add(). */
struct fd_cache_entry *fd_cache_find(struct fd_cache *k, const struct dso *dso);

/* A new one, which was not there, without a descriptor; the same holds for it. */
struct fd_cache_entry *fd_cache_add(struct fd_cache *k, const struct dso *dso);
