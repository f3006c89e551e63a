/* The host name of a container, a hint if no runtime holds a name: the container can
 * change it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Stores the host name that the processes of the cgroup in 'folder', an absolute path,
 * have. Returns false if it has no processes, if they have our host name, or if we may
 * not look. For a moment, the calling thread is in the namespace of the container. */
bool host_name_of_cgroup(const char *folder, char *name, size_t size);
