/* Records as they lie in a ring of the kernel's, one of which may begin at its end and go on at its
 * start. libperf puts such a one together only up to the size that records usually have. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ring {
	const uint8_t *data; /* NULL: no record has been seen yet */
	size_t size;	     /* a power of two */
	uint64_t at;   /* of the next record, counted from the first byte ever written */
	uint8_t *copy; /* of the last record that went around the end */
};

/* A ring of 'size' bytes that nothing has been read from. */
void ring_init(struct ring *r, size_t size);
void ring_release(struct ring *r);

/* The next record, whole, of 'size' bytes. 'found' is where the library that reads the ring has it:
 * in the ring itself unless it goes around. Each record is to pass through here once, in order; what
 * is returned is valid until the next call and until the kernel gets its place back. */
const void *ring_record(struct ring *r, const void *found, size_t size);
