/* Records on their way from the thread that reads them to the thread that writes them.
 * Both work in rounds: the writer requests a round, then the reader reads all of its
 * rings to their ends and finishes the round. So the writer knows that it has all records
 * up to its request. */
#pragma once

#include "base/bytes.h"
#include "base/vec.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* Bytes; if the writer is slower, records stay in their rings. */
	RECORD_QUEUE_MAX = 32 << 20,
};

struct record_bytes {
	VEC(uint8_t) bytes; /* records, one after the other */
};

/* All fields are private. */
struct record_queue {
	pthread_mutex_t lock; /* for all fields but 'taken' */
	pthread_cond_t changed;
	struct record_bytes queued;
	uint64_t requested, finished; /* numbers of rounds, from 1 */
	bool is_stopped;

	struct record_bytes taken; /* only the writer's */
};

void record_queue_init(struct record_queue *q);
void record_queue_release(struct record_queue *q);

/* For the reader: adds a record of at most UINT16_MAX bytes. Waits while the queue is
 * full, unless it is stopped. */
void record_queue_add(struct record_queue *q, const void *record, size_t size);

/* For the reader: returns the newest round that was requested, 0 for none, and whether
 * the queue is stopped. */
uint64_t record_queue_requested(struct record_queue *q, bool *is_stopped);

/* For the reader: all records up to the request of this round are in the queue. */
void record_queue_finish(struct record_queue *q, uint64_t round);

/* For the writer: requests a round and returns its number. */
uint64_t record_queue_request(struct record_queue *q);

/* For the writer: waits until the round is finished or the queue is full, and takes all
 * records out of the queue. They are valid until the next call. Returns whether more
 * records of the round follow. */
bool record_queue_take(struct record_queue *q, uint64_t round, struct bytes *records);

/* For the writer: the reader shall stop, and must not wait for room. */
void record_queue_stop(struct record_queue *q);
