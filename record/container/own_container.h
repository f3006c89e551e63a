/* The container that flame itself runs in. Its paths of cgroups begin at the container
 * and not at the machine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether this process has a cgroup namespace of its own. */
bool own_container_has_cgroups(void);

/* Stores the name: "container web", by the file that podman puts into the container,
 * "container 0123456789ab", by the mounts of the runtime, else "container (host name
 * web)". It has no '/'. */
void own_container_name(char *name, size_t size);
