#include "record/data/build_id_list.h"

#include "base/narrow.h"

#include <stdbool.h>
#include <string.h>

void build_id_list_release(struct build_id_list *l)
{
	vec_release(&l->items);
	hashmap_release(&l->by_path);
}

static bool has_path(const struct feature_build_id *file, const char *path, size_t len)
{
	return strncmp(file->path, path, len) == 0 && !file->path[len];
}

static struct feature_build_id *file_find(const struct build_id_list *l, const char *path,
					  size_t len)
{
	uint32_t found = hashmap_find(&l->by_path, hash_bytes(path, len, 0), i,
				      has_path(&l->items.items[i], path, len));

	return found == HASHMAP_NONE ? NULL : &l->items.items[found];
}

void build_id_list_set(struct build_id_list *l, const struct feature_build_id *file)
{
	size_t len = strlen(file->path);
	struct feature_build_id *before = file_find(l, file->path, len);

	if (before) {
		*before = *file;
		return;
	}
	hashmap_put(&l->by_path, hash_bytes(file->path, len, 0), narrow_u32(l->items.n));
	vec_push(&l->items, *file);
}

const struct build_id *build_id_list_find(const struct build_id_list *l, const char *path,
					  size_t len)
{
	const struct feature_build_id *file = file_find(l, path, len);

	return file ? &file->build_id : NULL;
}
