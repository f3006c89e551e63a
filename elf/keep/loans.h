/* Descriptors that are used as long as the recording takes. When a keeper lets their file
 * go, they become descriptors of a copy of the file, or of an empty file. Must not be
 * used by two threads at once. */
#pragma once

#include "base/vec.h"
#include "elf/keep/fd_cache.h"

/* A descriptor that was lent, and its file. */
struct loan {
	int fd;
	struct fd_cache_ref file;
};

/* Fields are private. */
struct loans {
	VEC(struct loan) items;
	int nothing; /* an empty file */
};

void loans_init(struct loans *l);

/* All loans must have been taken back. */
void loans_release(struct loans *l);

void loans_add(struct loans *l, struct fd_cache_ref file, int fd);

/* Forgets the loan of 'fd' and closes it; any other descriptor is closed, too. */
void loans_take_back(struct loans *l, int fd);

/* Makes the descriptors of a file descriptors of 'copy'; -1: of an empty file. */
void loans_exchange(struct loans *l, struct fd_cache_ref file, int copy);
