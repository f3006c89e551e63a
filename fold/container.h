/* Names of containers and units, from the paths of their cgroups. The forms are those
 * that docker, podman, containerd, CRI-O, the kubelet, ECS, LXC, systemd-nspawn, libvirt
 * and systemd give to the cgroups that they make. */
#pragma once

#include "model/container_info.h"

#include <stddef.h>

enum { CONTAINER_NAME_MAX = 256 };

/* Writes the name of the cgroup at 'path' to 'name', which has room for 'size' bytes; a
 * longer name is cut. The whole path is read, and the innermost container counts:
 *
 *     RUNTIME CONTAINER [pod POD] [UNIT] [of uid UID] [in CONTAINER] [(host name NAME)]
 *
 * An id of 64 digits is cut to 12 as docker and podman print it, the id of a pod to 8.
 * If 'infos' has names for the container, they are before the ids, which are in
 * parentheses. A container within another one has no name here: then "in" is before the
 * name of the outer one. A host name is a hint that the container itself gave. The unit
 * is the one that systemd runs inside of the container. Outside of containers RUNTIME
 * is "host", and CONTAINER is missing. A path without '/' at its start was found in the
 * recorder's own container, whose name stands before the first '/', in the place of
 * "host". The name is "unknown" for the empty path, which means that the recording does
 * not have the path, and for a path that leads out of the namespace of the recorder
 * ("/../…").
 *
 *     /docker/0123456789ab…                                 docker 0123456789ab
 *                                                  or docker web (0123456789ab)
 *     /kubepods.slice/…-pod6e3a0445_61f2_….slice/cri-containerd-0123456789ab….scope
 *                                                containerd 0123456789ab pod 6e3a0445
 *                  or containerd nginx (0123456789ab) pod default/web-7d9f (6e3a0445)
 *     /machine.slice/machine-web\x2d1.scope/payload/system.slice/nginx.service
 *                                                           nspawn web-1 nginx.service
 *     /system.slice/nginx.service                           host nginx.service
 *     /user.slice/user-1000.slice/session-2.scope           host session 2 of uid 1000
 *     /batch/night                                          host batch/night
 *     /                                                     host
 *     container web/system.slice/nginx.service              container web nginx.service
 */
void container_name(char *name, size_t size, const char *path,
		    const struct container_infos *infos);
