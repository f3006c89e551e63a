/* An input file that can be opened by name any number of times, also if it came through a
 * pipe. */
#pragma once

#include "base/error.h"
#include "base/readers.h"

#include <stdbool.h>
#include <stddef.h>

enum { INPUT_START_SIZE = 16 };

struct input {
	/* as the user gave it, or "standard input": for messages */
	const char *name;
	/* to open, for as long as the input is there */
	char *path;
	/* its first bytes; n_start 0: the input is empty */
	char start[INPUT_START_SIZE];
	size_t n_start;
	/* the users who may read the file; all, if it is a pipe */
	struct readers readers;
	bool is_pipe;

	/* private: the content of a pipe, -1: it was a file; the result of
	 * input_text() */
	int spool_fd;
	char *text;
	size_t text_size;
};

/* Returns -1 if 'path' is neither a file nor a pipe. A process in a sandbox may not learn
 * that. A path that leads nowhere, and standard input, are left to input_open(). */
int input_check(const char *path, struct error *err);

/* Opens the file at 'path', "-" for standard input. Expands a compressed file into
 * memory. The content of a pipe is copied into
 * memory (memfd_create(2)). Devices are refused without opening them, but a terminal may
 * be standard input. Returns -1 if it cannot be read. */
int input_open(struct input *in, const char *path, struct error *err);
void input_release(struct input *in);

/* Returns all bytes of the input, which belong to the input, and stores their number in
 * '*size'. Reads them at the first call. Returns NULL if they cannot be read. */
const char *input_text(struct input *in, size_t *size, struct error *err);
