/* A bounded table of the files of a recording, by the identity of their content. If it is
 * full, the least recently used file is closed and forgotten. */
#pragma once

#include "base/vec.h"
#include "elf/keep/mapped_file.h"
#include "model/dso.h"
#include "model/dso_trouble.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct fd_cache_entry {
	/* Only device, inode, generation and build id; the other fields are 0. */
	struct dso identity;
	int fd;			 /* -1: the file could not be opened, or was let go, */
	enum dso_trouble why;	 /* for this reason */
	struct timespec changed; /* time of the file's last change when it was opened, */
	uint64_t size;		 /* and its size then */
	bool has_stat;		 /* the two fields above are set */
	bool is_sampled;
	bool is_handed_out; /* to another process */
	/* A copy of the parts that are needed later, -1: none; and its bytes. */
	int copy;
	size_t copy_bytes;
	/* Number of sets of file_users.h that have the file. */
	uint32_t n_users;
	/* Differs from that of every file that was in the same entry before. */
	uint32_t serial;
	uint64_t last_mapped; /* ns, CLOCK_MONOTONIC */

	/* Private: */
	uint32_t next; /* entry in the same hash bucket, or free entry */
	uint32_t older, newer;
};

/* A reference to an entry that stays valid when the entry is gone. */
struct fd_cache_ref {
	uint32_t at, serial;
};

struct fd_cache {
	size_t most;
	VEC(struct fd_cache_entry) items; /* also free ones, with the serial 0 */
	uint32_t *by_hash;
	size_t n_hashes; /* a power of two */
	uint32_t oldest, newest, first_free;
	uint32_t last_serial;
};

/* Makes an empty cache with room for 'most' files, at least one. */
void fd_cache_init(struct fd_cache *k, size_t most);

/* Closes all files. */
void fd_cache_release(struct fd_cache *k);

/* The entry with the identity of 'dso', or NULL; the newest, if several may be the
 * one. It becomes the most recently used one. Valid until the next fd_cache_add(). */
struct fd_cache_entry *fd_cache_find(struct fd_cache *k, const struct dso *dso);

/* Likewise, but whatever the version of the content is (dso.h): the newest version. */
struct fd_cache_entry *fd_cache_find_newest(struct fd_cache *k, const struct dso *dso);

/* Adds an entry without descriptors; there must be none with the identity of 'dso'. It
 * becomes the most recently used one. Valid until the next call. */
struct fd_cache_entry *fd_cache_add(struct fd_cache *k, const struct dso *dso);

/* Closes and forgets the least recently used quarter of the entries, at least one if
 * there is one. */
void fd_cache_shrink(struct fd_cache *k);

/* Closes and forgets a file. */
void fd_cache_remove(struct fd_cache *k, struct fd_cache_entry *file);

/* The entry with the copy that is largest and was used longest ago, by the product of
 * both, or NULL; and the bytes of all copies in '*sum'. 'now' is a time of the clock of
 * 'last_mapped'. */
struct fd_cache_entry *fd_cache_worst_copy(const struct fd_cache *k, uint64_t now,
					   size_t *sum);

struct fd_cache_ref fd_cache_ref(const struct fd_cache *k,
				 const struct fd_cache_entry *file);

/* The entry of a reference, NULL if it is gone; valid until the next fd_cache_add(). */
struct fd_cache_entry *fd_cache_at(const struct fd_cache *k, struct fd_cache_ref ref);

/* Whether the file is still as it was when it was opened. */
bool fd_cache_is_state(const struct fd_cache_entry *file, const struct mapped_file *now);

/* The same for a descriptor of the file, which may be of O_PATH. */
bool fd_cache_is_unchanged(const struct fd_cache_entry *file, int at);
