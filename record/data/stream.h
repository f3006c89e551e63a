/* A position in the records of a recording; yields whole records, one after the other.
 * Compressed records are expanded; bulk data after a record is
 * skipped. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "record/data/block_cache.h"
#include "record/data/data_file.h"
#include "record/data/format.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where records are. Data, file and blocks must outlive the streams over them. */
struct stream_source {
	const uint8_t *data;	      /* NULL: the records are in 'file' */
	const struct data_file *file; /* NULL: the records are in 'data' */
	size_t size;		      /* bytes that are there */
	uint64_t claimed; /* bytes that the recording claims to have, 0: unknown */
	uint64_t file_off;
	bool swapped;
	struct block_cache *blocks;
};

struct stream {
	/* The records as they are in the file: all of those in memory, or those in the
	 * window over the file. */
	struct bytes plain;
	uint64_t at;	    /* where 'plain' begins in the file */
	uint64_t from, end; /* of all records, in the file */
	uint64_t claimed;   /* see stream_source */
	bool ended;
	const struct data_file *file;
	uint8_t *window; /* NULL: the records are in memory */

	/* The current block of expanded records, and how many blocks there were. */
	struct bytes expanded;
	size_t n_blocks;
	struct block_cache *blocks;
};

/* One record, header included. */
struct stream_record {
	struct bytes bytes;
	uint32_t type;
	uint64_t at; /* in the file; of the compressed record it came out of */
};

/* A stream before the first record. */
void stream_init(struct stream *s, const struct stream_source *source);
void stream_release(struct stream *s);

/* The position in the records, in bytes from the first one. */
static inline size_t stream_pos(const struct stream *s)
{
	return s->at + s->plain.at - s->from;
}

/* After the end of the stream: whether nothing but a part of one more record follows. */
bool stream_is_cut(struct stream *s);

/* Returns 1 with the next record; 0 after the last one; -1 where the bytes end too early,
 * make no sense or cannot be read, and 0 from then on. What 'record' points to is valid
 * until the next call. */
static inline int stream_next(struct stream *s, struct stream_record *record,
			      struct error *err);

/* stream_next() for the records that the fast path below does not handle. */
int stream_next_hard(struct stream *s, struct stream_record *record, struct error *err);

/* Whether a record of that type is simpleperf's own. */
static inline bool stream_is_of_simpleperf(uint32_t type)
{
	return type >= FORMAT_RECORD_SIMPLEPERF && type < FORMAT_RECORD_SIMPLEPERF_END;
}

/* Takes one record off the front of 'b'. Returns 1; 0 if the record is incomplete; -1 if
 * the bytes cannot be a record. */
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
	/* The rest of simpleperf's records is skipped as bulk data. */
	if (stream_is_of_simpleperf(header.type))
		header.size = FORMAT_RECORD_SIZE_MIN;
	if (header.size < FORMAT_RECORD_SIZE_MIN)
		return -1;
	if (header.size > left)
		return 0;
	record->type = header.type;
	record->bytes = (struct bytes){at, header.size, 0, b->swapped, false};
	b->at += header.size;
	return 1;
}

/* Nearly all records are the kernel's own, uncompressed. Inline, for loops over millions
 * of records. */
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
