/* The header at the start of a recording, of any version of perf. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "record/data/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_section {
	uint64_t at, size;
};

struct file_header {
	uint64_t attr_size; /* bytes of an entry of 'attrs' */
	struct file_section attrs, records;
	/* event types before perf 3.0; of flame's recordings the features that were known
	 * at the start */
	struct file_section start;
	uint64_t features[FORMAT_FEATURE_BITS / 64];
};

/* Whether a file that starts with these bytes is a recording. */
bool file_header_is_start(const void *start, size_t size);

/* Whether the numbers of the recording have another byte order than this machine. 'start'
 * holds its first FORMAT_PIPE_HEADER_SIZE bytes, which file_header_is_start() accepts. */
bool file_header_is_swapped(struct bytes start);

/* Reads a section: its position, then its size. */
struct file_section file_section_read(struct bytes *b);

/* Reads the header of a recording that did not come through a pipe, from 'b', its first
 * bytes. Returns -1 if it is truncated. */
int file_header_read(struct file_header *h, struct bytes b, struct error *err);
