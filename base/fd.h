/* File descriptors, which -1 is none of. */
#pragma once

#include <unistd.h>

/* Closes it, unless it is -1, which it is then; also for scoped(). */
static inline void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
