/* The host name of a container, a hint if no runtime holds a name: the container can
 * change it. */
#pragma once

#include <stddef.h>

enum host_names {
	HOST_NAMES_NONE,    /* no processes, our own host name, or we may not look */
	HOST_NAMES_ONE,	    /* of all processes */
	HOST_NAMES_SEVERAL, /* containers share the cgroup: the name is of one of them */
};

/* Stores the host name that the processes of the cgroup in 'folder', an absolute path,
 * have, if it is one; looks at 1,000 processes at most. For a moment, the calling thread
 * is in the namespace of the container. */
enum host_names host_name_of_cgroup(const char *folder, char *name, size_t size);
