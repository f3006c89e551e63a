/* The descriptors of perf events that libperf has opened: it does not return them. */
#pragma once

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_fd {
	int fd;
	size_t index; /* of its id */
};

struct event_fds {
	VEC(struct event_fd) items;
};

/* Appends this process's descriptors of the events with these ids, in any order. Returns
 * false with errno if they cannot be listed. */
bool event_fds_find(struct event_fds *fds, const uint64_t *ids, size_t n);

void event_fds_release(struct event_fds *fds);
