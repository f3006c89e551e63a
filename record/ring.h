/* Records in a ring of the kernel, whole. A record may begin at the end of the ring and
 * go on at its start; libperf joins its two parts only up to a limited size. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ring {
	const uint8_t *data; /* NULL before the first record */
	size_t size;	     /* a power of two */
	uint64_t pos;	     /* of the next record, in bytes since the ring was opened */
	uint8_t *copy;	     /* of the last record that wrapped around */
};

/* A ring of 'size' bytes from which no record has been read. */
void ring_init(struct ring *r, size_t size);
void ring_release(struct ring *r);

/* Returns the next record of 'size' bytes, whole. 'record' is its address from libperf:
 * in the ring itself unless the record wraps around. Must be called for each record once,
 * in order. The result is valid until the next call and until the kernel gets the
 * record's bytes back. */
const void *ring_record(struct ring *r, const void *record, size_t size);
