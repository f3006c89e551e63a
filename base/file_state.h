/* Size and time of change of a file that is being read, to notice that it is
 * truncated or written meanwhile. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct file_state {
	bool is_regular; /* other files have no state, and pass all checks */
	uint64_t size;
	struct timespec mtime;
};

/* Reads the state of an opened file. Returns -1 with errno set. */
int file_state_read(struct file_state *state, int fd);

/* Returns -1 if the file's state is not 'state' any more: bytes that were read since may
 * be of two versions. 'name' is the file's name in the message. */
int file_state_check(const struct file_state *state, int fd, const char *name,
		     struct error *err);
