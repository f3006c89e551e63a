/* Names that the machine had for its containers, beside the ids in the paths of their
 * cgroups. */
#pragma once

#include <stddef.h>

enum { CONTAINER_ID_LEN = 64 /* hex digits */ };

/* NULL: unknown. */
struct container_info {
	/* the container's id, or the path of a cgroup without one */
	const char *key;
	const char *name;
	/* of Kubernetes */
	const char *pod, *pod_namespace;
	/* A hint only: the container can change it. */
	const char *host_name;
};

struct container_infos {
	const struct container_info *items;
	size_t n;
};

/* Returns the next id in the path of a cgroup, at or after 'path', or NULL. The next one
 * after that begins CONTAINER_ID_LEN later. */
const char *container_id_in(const char *path);

/* Returns the names for the cgroup at 'path', or NULL. Of several ids that have names the
 * first counts, of the outermost container: the names of groups in it are its own choice.
 * Sets *id to this id in 'path', or to NULL if the names are those of the path. */
const struct container_info *container_info_find(const struct container_infos *infos,
						 const char *path, const char **id);
