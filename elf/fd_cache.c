#include "elf/fd_cache.h"

#include "base/narrow.h"

#include <unistd.h>

#define NONE UINT32_MAX

void fd_cache_init(struct fd_cache *k, size_t most)
{
	*k = (struct fd_cache){.most = most ? most : 1, .oldest = NONE, .newest = NONE};
	for (k->n_hashes = 16; k->n_hashes < k->most;)
		k->n_hashes *= 2;
	k->by_hash = mem_resize(NULL, k->n_hashes, sizeof(*k->by_hash));
	memset(k->by_hash, 0xff, k->n_hashes * sizeof(*k->by_hash));
}

void fd_cache_release(struct fd_cache *k)
{
	struct fd_cache_entry *file;

	vec_each(file, &k->items)
		if (file->fd >= 0)
			close(file->fd);
	vec_release(&k->items);
	mem_free(k->by_hash);
}

/* Only the fields by which a dso differs from all others. */
static struct dso identity_of(const struct dso *dso)
{
	return (struct dso){.build_id = dso->build_id,
			    .major = dso->major,
			    .minor = dso->minor,
			    .inode = dso->inode,
			    .generation = dso->generation};
}

static uint32_t *bucket_of(const struct fd_cache *k, const struct dso *identity)
{
	return &k->by_hash[dso_file_hash(identity) & (k->n_hashes - 1)];
}

/* Removes an entry from the list by age. */
static void age_list_remove(struct fd_cache *k, const struct fd_cache_entry *file)
{
	*(file->older == NONE ? &k->oldest : &k->items.items[file->older].newer) =
		file->newer;
	*(file->newer == NONE ? &k->newest : &k->items.items[file->newer].older) =
		file->older;
}

static void age_list_append(struct fd_cache *k, struct fd_cache_entry *file)
{
	uint32_t at = narrow_u32((uint64_t)(file - k->items.items));

	file->older = k->newest;
	file->newer = NONE;
	*(k->newest == NONE ? &k->oldest : &k->items.items[k->newest].newer) = at;
	k->newest = at;
}

struct fd_cache_entry *fd_cache_find(struct fd_cache *k, const struct dso *dso)
{
	const struct dso identity = identity_of(dso);

	for (uint32_t at = *bucket_of(k, &identity); at != NONE;
	     at = k->items.items[at].next) {
		struct fd_cache_entry *file = &k->items.items[at];

		if (!dso_is_same_file(&file->identity, &identity))
			continue;
		age_list_remove(k, file);
		age_list_append(k, file);
		return file;
	}
	return NULL;
}

/* Returns a free entry; closes the least recently used file if the cache is full. */
static struct fd_cache_entry *entry_take(struct fd_cache *k)
{
	struct fd_cache_entry *file;
	uint32_t *at;

	if (k->items.n < k->most)
		return vec_add(&k->items);
	file = &k->items.items[k->oldest];
	for (at = bucket_of(k, &file->identity); *at != k->oldest;)
		at = &k->items.items[*at].next;
	*at = file->next;
	age_list_remove(k, file);
	if (file->fd >= 0)
		close(file->fd);
	return file;
}

struct fd_cache_entry *fd_cache_add(struct fd_cache *k, const struct dso *dso)
{
	struct fd_cache_entry *file = entry_take(k);
	uint32_t *bucket;

	*file = (struct fd_cache_entry){.identity = identity_of(dso), .fd = -1};
	bucket = bucket_of(k, &file->identity);
	file->next = *bucket;
	*bucket = narrow_u32((uint64_t)(file - k->items.items));
	age_list_append(k, file);
	return file;
}
