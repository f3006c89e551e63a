/* What a cgroup's path tells of the container or unit that a process runs in. */
#pragma once

#include <stddef.h>

/* A short name for the cgroup of that path, into 'name' of 'size' bytes, cut where it is
 * longer: the last part of the path, a container's id shortened to 12 digits.
 *
 *     /system.slice/nginx.service               nginx.service
 *     /system.slice/docker-0123456789ab….scope  docker-0123456789ab
 *     /libpod_parent/libpod-0123456789ab…       libpod-0123456789ab
 *     /  and an unknown one                     host
 */
void container_name(char *name, size_t size, const char *path);
