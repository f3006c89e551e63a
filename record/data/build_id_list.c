#include "record/data/build_id_list.h"

#include <string.h>

void build_id_list_release(struct build_id_list *l)
{
	vec_release(&l->items);
	hashmap_release(&l->by_path);
}

static struct feature_build_id *find(const struct build_id_list *l, const char *path,
				     size_t len)
{
	uint64_t hash = hash_bytes(path, len, 0);
	struct hashmap_probe probe;
	uint32_t at;

	for (at = hashmap_first(&probe, &l->by_path, hash); at != HASHMAP_NONE;
	     at = hashmap_next(&probe)) {
		struct feature_build_id *known = &l->items.items[at];

		if (strncmp(known->path, path, len) == 0 && !known->path[len])
			return known;
	}
	return NULL;
}

void build_id_list_set(struct build_id_list *l, const struct feature_build_id *known)
{
	size_t len = strlen(known->path);
	struct feature_build_id *before = find(l, known->path, len);

	if (before) {
		*before = *known;
		return;
	}
	hashmap_put(&l->by_path, hash_bytes(known->path, len, 0), (uint32_t)l->items.n);
	vec_push(&l->items, *known);
}

const struct build_id *build_id_list_find(const struct build_id_list *l, const char *path,
					  size_t len)
{
	const struct feature_build_id *known = find(l, path, len);

	return known ? &known->build_id : NULL;
}
