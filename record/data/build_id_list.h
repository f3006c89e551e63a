/* The build ids of files that a recording lists by path, once for all mappings. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"
#include "record/data/features.h"

#include <stddef.h>

/* Zero-initialize. */
struct build_id_list {
	VEC(struct feature_build_id) items;
	struct hashmap by_path;
};

void build_id_list_release(struct build_id_list *l);

/* Adds a file, or replaces the one with that path. The path must outlive the list. */
void build_id_list_set(struct build_id_list *l, const struct feature_build_id *file);

/* The build id of the file at a path of 'len' bytes, or NULL; valid until the next one is
 * set. */
const struct build_id *build_id_list_find(const struct build_id_list *l, const char *path,
					  size_t len);
