/* The records of a recording, one after the other and whole: compressed ones are expanded,
 * bulk data that stands behind a record is passed over. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/vec.h"
#include "record/data/format.h"

#include <linux/perf_event.h>
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
static inline int stream_next(struct stream *s, struct stream_record *record,
			      struct error *err);

void stream_rewind(struct stream *s);

/* stream_next() for all that is not as easy as below. */
int stream_next_hard(struct stream *s, struct stream_record *record, struct error *err);

/* Cuts one record off 'b': 1; 0 where it is not whole; -1 where it can't be one. */
static inline int stream_cut(struct bytes *b, struct stream_record *record)
{
	struct perf_event_header header;
	size_t left = bytes_left(b);
	const uint8_t *at;

	if (left < sizeof(header))
		return 0;
	at = b->data + b->at;
	memcpy(&header, at, sizeof(header));
	if (b->swapped) {
		header.type = bswap_32(header.type);
		header.size = bswap_16(header.size);
	}
	if (header.size < FORMAT_RECORD_SIZE_MIN)
		return -1;
	if (header.size > left)
		return 0;
	record->type = header.type;
	record->bytes = (struct bytes){at, header.size, 0, b->swapped, false};
	b->at += header.size;
	return 1;
}

/* Nearly all records are the kernel's own and stand in the file as they are: this is here to be
 * compiled into the loop over millions of them. */
static inline int stream_next(struct stream *s, struct stream_record *record,
			      struct error *err)
{
	size_t at = s->plain.at;
	struct stream_record hard;
	int got;

	if (!s->ended && !bytes_left(&s->expanded) && stream_cut(&s->plain, record) > 0) {
		record->at = s->at + at;
		if (record->type < FORMAT_RECORD_HEADER_ATTR)
			return 1;
		s->plain.at = at;
	}
	got = stream_next_hard(s, &hard, err);
	if (got > 0)
		*record = hard;
	return got;
}
