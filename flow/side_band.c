#include "flow/side_band.h"

#include "base/mutex.h"
#include "base/scoped.h"
#include "record/data/decode.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

enum {
	QUEUE_MOST = 32 << 20, /* bytes; then the records stay in their rings */
	NICEST = -20,
};

struct queue {
	VEC(uint8_t) bytes; /* records, one after the other */
};

struct side_band {
	struct sampler *sampler;
	struct dso_keeper *keeper;
	struct jit_keeper *jit;
	struct decode_event format; /* of its records */
	pthread_t thread;

	/* Between the two threads, under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* any of these */
	struct queue queue;
	uint64_t asked, done; /* rounds */
	bool is_stopped, is_urgent;

	struct queue taken; /* the writing thread's; empty between two calls */
};

/* Both are of this thread alone. */
static bool become_urgent(void)
{
	const struct sched_param lowest = {.sched_priority = 1};

	return pthread_setschedparam(pthread_self(), SCHED_FIFO, &lowest) == 0 ||
	       setpriority(PRIO_PROCESS, 0, NICEST) == 0;
}

bool side_band_is_urgent(const struct side_band *b)
{
	return b->is_urgent;
}

void side_band_apply(struct side_band *b, const struct event *ev)
{
	dso_keeper_saw(b->keeper, ev);
	jit_keeper_saw(b->jit, ev);
}

static void tell_record(struct side_band *b, const void *record, size_t size)
{
	struct bytes bytes = bytes_of(record, size);
	struct error ignored;
	struct event ev;

	if (decode_record(&b->format, &bytes, &ev, &ignored) == 0)
		side_band_apply(b, &ev);
}

static void queue_record(struct side_band *b, const void *record, size_t size)
{
	struct queue *q = &b->queue;

	pthread_mutex_lock(&b->lock);
	while (q->bytes.n + size > QUEUE_MOST && !b->is_stopped)
		pthread_cond_wait(&b->changed, &b->lock);
	vec_reserve(&q->bytes, size);
	memcpy(q->bytes.items + q->bytes.n, record, size);
	q->bytes.n += size;
	if (q->bytes.n > QUEUE_MOST - UINT16_MAX)
		pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

static void read_round(struct side_band *b)
{
	const void *record;
	size_t size;

	while (sampler_next_side_band(b->sampler, &record, &size)) {
		/* The process may be gone with the next look at the clock. */
		tell_record(b, record, size);
		queue_record(b, record, size);
	}
}

static void *read_side_band(void *side_band)
{
	struct side_band *b = side_band;
	bool is_stopped = false;

	b->is_urgent = become_urgent();
	while (!is_stopped) {
		uint64_t asked;

		sampler_wait_side_band(b->sampler);
		pthread_mutex_lock(&b->lock);
		asked = b->asked;
		is_stopped = b->is_stopped;
		pthread_mutex_unlock(&b->lock);
		read_round(b);
		pthread_mutex_lock(&b->lock);
		b->done = asked;
		pthread_cond_broadcast(&b->changed);
		pthread_mutex_unlock(&b->lock);
	}
	return NULL;
}

static int describe_records(struct side_band *b, struct error *err)
{
	const struct event_spec *side_band = &sampler_specs(b->sampler)->side_band;
	struct bytes attr = bytes_of(&side_band->attr, side_band->attr.size);

	return decode_event_read(&b->format, &attr, err);
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct side_band *b)
{
	sigset_t all, before;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&b->thread, NULL, read_side_band, b);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

static void release(struct side_band *b)
{
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	vec_release(&b->queue.bytes);
	vec_release(&b->taken.bytes);
	mem_free(b);
}

struct side_band *side_band_start(struct sampler *sampler, struct dso_keeper *keeper,
				  struct jit_keeper *jit, struct error *err)
{
	struct side_band *b = mem_new(1, sizeof(*b));

	b->sampler = sampler;
	b->keeper = keeper;
	b->jit = jit;
	mutex_init(&b->lock);
	pthread_cond_init(&b->changed, NULL);
	if (describe_records(b, err) < 0) {
		release(b);
		return NULL;
	}
	errno = start_thread(b);
	if (errno) {
		error_sys(err, "cannot start a thread");
		release(b);
		return NULL;
	}
	return b;
}

void side_band_free(struct side_band **b)
{
	if (!*b)
		return;
	pthread_mutex_lock(&(*b)->lock);
	(*b)->is_stopped = true;
	pthread_cond_broadcast(&(*b)->changed);
	pthread_mutex_unlock(&(*b)->lock);
	sampler_nudge_side_band((*b)->sampler);
	pthread_join((*b)->thread, NULL);
	release(*b);
	*b = NULL;
}

void side_band_write(struct side_band *b, struct writer *w, struct live_stacks *live)
{
	uint64_t round;
	bool is_done = false;

	pthread_mutex_lock(&b->lock);
	round = ++b->asked;
	pthread_mutex_unlock(&b->lock);
	sampler_nudge_side_band(b->sampler);
	while (!is_done) {
		struct queue full;

		pthread_mutex_lock(&b->lock);
		/* It may have no room for the rest of the round. */
		while (b->done < round && b->queue.bytes.n <= QUEUE_MOST - UINT16_MAX)
			pthread_cond_wait(&b->changed, &b->lock);
		is_done = b->done >= round;
		full = b->queue;
		b->queue = b->taken;
		b->taken = full;
		pthread_cond_broadcast(&b->changed);
		pthread_mutex_unlock(&b->lock);
		if (full.bytes.n)
			writer_record(w, full.bytes.items, full.bytes.n);
		if (full.bytes.n && live)
			live_stacks_side_band(live, full.bytes.items, full.bytes.n);
		b->taken.bytes.n = 0;
	}
}
