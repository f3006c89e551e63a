/* The records of a recording, one after the other and whole: compressed ones are expanded,
 * bulk data that stands behind a record is passed over. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream {
	struct bytes plain; /* the file's records */
	uint64_t at;	    /* where they begin in the file */
	uint64_t claimed;   /* how many bytes there ought to be, 0: nobody knows */
	bool ended;

	/* Expanded compressed records, kept so that a second pass costs nothing and what points
	 * into them stays valid. Each begins with what was left of the one before. */
	struct zstd_stream *zstd;
	VEC(struct stream_block) blocks;
	size_t next_block;
	struct bytes expanded;
	size_t expanded_total;
	bool is_damaged; /* behind the last block, and how */
	struct error damage;
};

struct stream_block {
	uint8_t *data;
	size_t size;
};

/* One record, header included. */
struct stream_record {
	struct bytes bytes;
	uint32_t type;
	uint64_t at; /* in the file; of the compressed record it came out of */
};

/* Over 'size' bytes at 'data', which must outlive it. */
void stream_init(struct stream *s, const void *data, size_t size, bool swapped,
		 uint64_t at, uint64_t claimed);
void stream_release(struct stream *s);

/* 1; 0 behind the last; -1 where the bytes end too early or make no sense, once, then 0. */
int stream_next(struct stream *s, struct stream_record *record, struct error *err);

void stream_rewind(struct stream *s);
