/* Landlock: the kernel refuses changes of the file system to this process, whatever its
 * user may do. */
#pragma once

#include <stddef.h>

/* The version of the kernel's Landlock, 1 or more; 0: this kernel has none. */
int landlock_version(void);

/* From now on this process, and each one that it forks, can create, write, remove, rename
 * and execute no file, can bind and connect no TCP socket, and can reach neither abstract
 * sockets nor signals of processes outside. Descriptors that are open keep their rights;
 * reading is not limited. 'writable' (NULL: none) is a folder in which files may be
 * changed; then sockets are not limited. Requires no_new_privs. Returns the version that
 * is in force, or 0. */
int landlock_restrict(const char *writable);
