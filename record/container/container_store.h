/* The names that container runtimes hold of a container: docker, containerd (also under
 * Kubernetes and k3s), CRI-O, podman, buildah. They are in JSON files of root's; the
 * databases of other tools, and the names of podman's pods, need a library and are not
 * read, nor are the stores in the homes of users. */
#pragma once

#include "model/container_info.h"

#include <stdbool.h>

enum { CONTAINER_TEXT_MAX = 256 };

/* Names of a container; "": unknown. */
struct container_names {
	char name[CONTAINER_TEXT_MAX];
	/* of Kubernetes */
	char pod[CONTAINER_TEXT_MAX];
	char pod_namespace[CONTAINER_TEXT_MAX];
};

/* Fills *names with the names of the container with this id, 64 hex digits. 'root' is a
 * folder in which the paths of the runtimes begin: "" on a machine. Returns false if no
 * store has it. Reads only trusted files (trusted_file.h); may wait for a disk. */
bool container_store_find(const char *root, const char *id,
			  struct container_names *names);
