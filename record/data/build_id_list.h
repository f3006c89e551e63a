/* The build ids that a recording tells by the paths of the files, once for all of them. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"
#include "record/data/features.h"

#include <stddef.h>

struct build_id_list {
	VEC(struct feature_build_id) items;
	struct hashmap by_path;
};

void build_id_list_release(struct build_id_list *l);

/* The last word on a path counts. The path must outlive the list. */
void build_id_list_set(struct build_id_list *l, const struct feature_build_id *known);

/* What is known of the path of 'len' bytes, or NULL; valid until the next one is set. */
const struct build_id *build_id_list_find(const struct build_id_list *l, const char *path,
					  size_t len);
