/* File descriptors; -1 stands for none. */
#pragma once

#include <unistd.h>

/* Closes *fd unless it is -1, then sets it to -1. Works with scoped(). */
static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
