#include "model/container_info.h"

#include <string.h>

const char *container_id_in(const char *path)
{
	while (*path) {
		size_t n = strspn(path, "0123456789abcdef");

		if (n == CONTAINER_ID_LEN)
			return path;
		path += n + (path[n] != '\0');
	}
	return NULL;
}

static const struct container_info *key_find(const struct container_infos *infos,
					     const char *key, size_t len)
{
	for (size_t i = 0; i < infos->n; i++)
		if (strncmp(infos->items[i].key, key, len) == 0 &&
		    !infos->items[i].key[len])
			return &infos->items[i];
	return NULL;
}

const struct container_info *container_info_find(const struct container_infos *infos,
						 const char *path, const char **id)
{
	const struct container_info *found = NULL;

	for (*id = container_id_in(path); *id;
	     *id = container_id_in(*id + CONTAINER_ID_LEN)) {
		found = key_find(infos, *id, CONTAINER_ID_LEN);
		if (found)
			return found;
	}
	return key_find(infos, path, strlen(path));
}
