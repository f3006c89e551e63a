/* Names of containers and units, from the paths of their cgroups. */
#pragma once

#include <stddef.h>

/* Writes a short name for the cgroup at 'path' to 'name', which has room for 'size'
 * bytes; a longer name is cut. The name is the last part of the path. The id of a
 * container is shortened to 12 digits, as docker and podman print it.
 *
 *     /system.slice/nginx.service               nginx.service
 *     /system.slice/docker-0123456789ab….scope  docker-0123456789ab
 *     /libpod_parent/libpod-0123456789ab…       libpod-0123456789ab
 *     /  and the empty path (unknown cgroup)    host */
void container_name(char *name, size_t size, const char *path);
