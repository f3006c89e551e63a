#include "flow/live/record_queue.h"

#include "base/thread/mutex.h"

#include <assert.h>

void record_queue_init(struct record_queue *q)
{
	*q = (struct record_queue){0};
	mutex_init(&q->lock);
	pthread_cond_init(&q->changed, NULL);
}

void record_queue_release(struct record_queue *q)
{
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	vec_release(&q->queued.bytes);
	vec_release(&q->taken.bytes);
}

/* Whether there may be no room for another record. */
static bool queue_is_full(const struct record_queue *q)
{
	return q->queued.bytes.n > RECORD_QUEUE_MAX - UINT16_MAX;
}

void record_queue_add(struct record_queue *q, const void *record, size_t size)
{
	struct record_bytes *queued = &q->queued;

	assert(size <= UINT16_MAX);
	pthread_mutex_lock(&q->lock);
	while (queued->bytes.n + size > RECORD_QUEUE_MAX && !q->is_stopped)
		pthread_cond_wait(&q->changed, &q->lock);
	vec_reserve(&queued->bytes, size);
	memcpy(queued->bytes.items + queued->bytes.n, record, size);
	queued->bytes.n += size;
	if (queue_is_full(q))
		pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

uint64_t record_queue_requested(struct record_queue *q, bool *is_stopped)
{
	uint64_t round;

	pthread_mutex_lock(&q->lock);
	round = q->requested;
	*is_stopped = q->is_stopped;
	pthread_mutex_unlock(&q->lock);
	return round;
}

void record_queue_finish(struct record_queue *q, uint64_t round)
{
	pthread_mutex_lock(&q->lock);
	assert(round >= q->finished && round <= q->requested);
	q->finished = round;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

uint64_t record_queue_request(struct record_queue *q)
{
	uint64_t round;

	pthread_mutex_lock(&q->lock);
	round = ++q->requested;
	pthread_mutex_unlock(&q->lock);
	return round;
}

bool record_queue_take(struct record_queue *q, uint64_t round, struct bytes *records)
{
	struct record_bytes full;
	bool is_finished;

	pthread_mutex_lock(&q->lock);
	assert(round <= q->requested);
	while (q->finished < round && !queue_is_full(q))
		pthread_cond_wait(&q->changed, &q->lock);
	is_finished = q->finished >= round;
	full = q->queued;
	q->queued = q->taken;
	q->queued.bytes.n = 0;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
	q->taken = full;
	*records = bytes_of(full.bytes.items, full.bytes.n);
	return !is_finished;
}

void record_queue_stop(struct record_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->is_stopped = true;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}
