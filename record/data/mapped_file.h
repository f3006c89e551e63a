/* A file in memory, read as it is touched. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct mapped_file {
	const uint8_t *data;
	size_t size;
};

/* Maps all of a regular file that is not empty; -1 and nothing to release where there is none. */
int mapped_file_open(struct mapped_file *file, const char *path, struct error *err);
void mapped_file_release(struct mapped_file *file);
