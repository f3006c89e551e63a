/* The file of a recording. It is read piece by piece and never mapped: a process that
 * reads a mapping of a truncated file gets SIGBUS. */
#pragma once

#include "base/error.h"
#include "base/file_state.h"

#include <stddef.h>
#include <stdint.h>

struct data_file {
	int fd;
	struct file_state state; /* when it was opened */
};

/* Opens a regular file that is not empty. Returns -1 on failure, with nothing to
 * release. */
int data_file_open(struct data_file *file, const char *path, struct error *err);
void data_file_release(struct data_file *file);

/* Reads 'size' bytes at 'file_off'. Returns -1 if that fails or if the file ends
 * before. */
int data_file_read(const struct data_file *file, uint64_t file_off, void *to, size_t size,
		   struct error *err);
