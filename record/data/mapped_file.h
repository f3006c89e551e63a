/* A whole file, mapped into memory. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct mapped_file {
	const uint8_t *data;
	size_t size;
};

/* Maps a regular file that is not empty. Returns -1 on failure, with nothing to
 * release. */
int mapped_file_open(struct mapped_file *file, const char *path, struct error *err);
void mapped_file_release(struct mapped_file *file);
