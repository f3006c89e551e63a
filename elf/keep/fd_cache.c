#include "elf/keep/fd_cache.h"

#include "base/fd.h"
#include "base/narrow.h"

#include <assert.h>

#define NONE UINT32_MAX

void fd_cache_init(struct fd_cache *k, size_t most)
{
	*k = (struct fd_cache){.most = most ? most : 1,
			       .oldest = NONE,
			       .newest = NONE,
			       .first_free = NONE};
	for (k->n_hashes = 16; k->n_hashes < k->most;)
		k->n_hashes *= 2;
	k->by_hash = mem_resize(NULL, k->n_hashes, sizeof(*k->by_hash));
	memset(k->by_hash, 0xff, k->n_hashes * sizeof(*k->by_hash));
}

void fd_cache_release(struct fd_cache *k)
{
	struct fd_cache_entry *file;

	vec_each(file, &k->items) {
		fd_close(&file->fd);
		fd_close(&file->copy);
	}
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

/* New entries come first in a bucket, so that the newest version is found first. */
static struct fd_cache_entry *file_find(struct fd_cache *k, const struct dso *dso,
					bool any_version)
{
	struct dso wanted = identity_of(dso);

	for (uint32_t at = *bucket_of(k, &wanted); at != NONE;
	     at = k->items.items[at].next) {
		struct fd_cache_entry *file = &k->items.items[at];

		if (any_version)
			dso_set_version(&wanted, dso_version(&file->identity));
		if (!dso_is_same_file(&file->identity, &wanted))
			continue;
		age_list_remove(k, file);
		age_list_append(k, file);
		return file;
	}
	return NULL;
}

struct fd_cache_entry *fd_cache_find(struct fd_cache *k, const struct dso *dso)
{
	return file_find(k, dso, false);
}

struct fd_cache_entry *fd_cache_find_newest(struct fd_cache *k, const struct dso *dso)
{
	return file_find(k, dso, true);
}

void fd_cache_remove(struct fd_cache *k, struct fd_cache_entry *file)
{
	uint32_t number = narrow_u32((uint64_t)(file - k->items.items)), *at;

	assert(file->serial);
	for (at = bucket_of(k, &file->identity); *at != number;)
		at = &k->items.items[*at].next;
	*at = file->next;
	age_list_remove(k, file);
	fd_close(&file->fd);
	fd_close(&file->copy);
	*file = (struct fd_cache_entry){.fd = -1, .copy = -1, .next = k->first_free};
	k->first_free = number;
}

void fd_cache_shrink(struct fd_cache *k)
{
	size_t n = 0;

	for (uint32_t at = k->newest; at != NONE; at = k->items.items[at].older)
		n++;
	for (size_t i = 0; i < (n + 3) / 4; i++)
		fd_cache_remove(k, &k->items.items[k->oldest]);
}

/* Returns a free entry; closes the least recently used file if the cache is full. */
static struct fd_cache_entry *entry_take(struct fd_cache *k)
{
	struct fd_cache_entry *file;

	if (k->first_free == NONE && k->items.n < k->most)
		return vec_add(&k->items);
	if (k->first_free == NONE)
		fd_cache_remove(k, &k->items.items[k->oldest]);
	file = &k->items.items[k->first_free];
	k->first_free = file->next;
	return file;
}

struct fd_cache_entry *fd_cache_add(struct fd_cache *k, const struct dso *dso)
{
	struct fd_cache_entry *file = entry_take(k);
	uint32_t *bucket;

	if (!++k->last_serial)
		k->last_serial = 1;
	*file = (struct fd_cache_entry){.identity = identity_of(dso),
					.fd = -1,
					.copy = -1,
					.serial = k->last_serial};
	bucket = bucket_of(k, &file->identity);
	file->next = *bucket;
	*bucket = narrow_u32((uint64_t)(file - k->items.items));
	age_list_append(k, file);
	return file;
}

struct fd_cache_entry *fd_cache_worst_copy(const struct fd_cache *k, uint64_t now,
					   size_t *sum)
{
	struct fd_cache_entry *file, *worst = NULL;
	double most = -1;

	*sum = 0;
	vec_each(file, &k->items) {
		double cost =
			(double)file->copy_bytes * (double)(now - file->last_mapped);

		if (!file->serial || file->copy < 0)
			continue;
		*sum += file->copy_bytes;
		if (cost > most) {
			most = cost;
			worst = file;
		}
	}
	return worst;
}

struct fd_cache_ref fd_cache_ref(const struct fd_cache *k,
				 const struct fd_cache_entry *file)
{
	return (struct fd_cache_ref){narrow_u32((uint64_t)(file - k->items.items)),
				     file->serial};
}

struct fd_cache_entry *fd_cache_at(const struct fd_cache *k, struct fd_cache_ref ref)
{
	return ref.serial && ref.at < k->items.n &&
			       k->items.items[ref.at].serial == ref.serial
		       ? &k->items.items[ref.at]
		       : NULL;
}

bool fd_cache_is_state(const struct fd_cache_entry *file, const struct mapped_file *now)
{
	return !file->has_stat ||
	       (now->size == file->size && now->changed.tv_sec == file->changed.tv_sec &&
		now->changed.tv_nsec == file->changed.tv_nsec);
}

bool fd_cache_is_unchanged(const struct fd_cache_entry *file, int at)
{
	struct mapped_file now;

	return mapped_file_stat(at, &now) && fd_cache_is_state(file, &now);
}
