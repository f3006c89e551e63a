#include "flow/side_band.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "base/thread/urgent_thread.h"
#include "flow/live/container_watch.h"
#include "flow/live/record_queue.h"
#include "flow/live/text_watch.h"
#include "record/data/decode.h"
#include "record/data/encode.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

struct side_band {
	struct sampler *sampler;
	struct dso_keeper *keeper;
	struct jit_keeper *jit;
	struct container_watch *containers;
	struct text_watch *texts;
	struct decode_event format; /* of the records */
	pthread_t thread;
	struct record_queue queue;
	atomic_bool is_urgent;	     /* set by the thread */
	uint8_t changed[UINT16_MAX]; /* a record, by the thread */
};

bool side_band_is_urgent(const struct side_band *b)
{
	return atomic_load(&b->is_urgent);
}

void side_band_apply(struct side_band *b, struct event *ev)
{
	dso_keeper_saw(b->keeper, ev);
	jit_keeper_saw(b->jit, ev);
	container_watch_saw(b->containers, ev);
	text_watch_saw(b->texts, ev);
}

/* Returns the record as it must be stored. */
static const void *record_apply(struct side_band *b, const void *record, size_t size)
{
	struct bytes bytes = bytes_of(record, size);
	struct error ignored;
	struct event ev;

	if (decode_record(&b->format, &bytes, &ev, &ignored) < 0)
		return record;
	side_band_apply(b, &ev);
	return encode_generation(b->changed, record, size, &ev);
}

static void rings_read(struct side_band *b)
{
	const void *record;
	size_t size;

	while (sampler_next_side_band(b->sampler, &record, &size)) {
		/* First the files: the process may end at any moment. */
		record = record_apply(b, record, size);
		record_queue_add(&b->queue, record, size);
	}
}

static void *side_band_main(void *side_band)
{
	struct side_band *b = side_band;
	bool is_stopped = false;

	atomic_store(&b->is_urgent, urgent_thread_raise_priority());
	while (!is_stopped) {
		uint64_t round;

		sampler_wait_side_band(b->sampler);
		round = record_queue_requested(&b->queue, &is_stopped);
		rings_read(b);
		record_queue_finish(&b->queue, round);
	}
	return NULL;
}

static int format_read(struct side_band *b, struct error *err)
{
	const struct event_spec *spec = &sampler_specs(b->sampler)->side_band;
	struct bytes attr = bytes_of(&spec->attr, spec->attr.size);

	return decode_event_read(&b->format, &attr, err);
}

static void side_band_release(struct side_band *b, struct run_info *run_info)
{
	container_watch_stop(&b->containers, run_info);
	text_watch_stop(&b->texts);
	record_queue_release(&b->queue);
	mem_free(b);
}

struct side_band *side_band_start(struct sampler *sampler, struct dso_keeper *keeper,
				  struct jit_keeper *jit, struct error *err)
{
	struct side_band *b = mem_new(1, sizeof(*b));

	b->sampler = sampler;
	b->keeper = keeper;
	b->jit = jit;
	record_queue_init(&b->queue);
	b->containers = container_watch_start(err);
	b->texts = b->containers ? text_watch_start(err) : NULL;
	if (!b->texts || format_read(b, err) < 0) {
		side_band_release(b, NULL);
		return NULL;
	}
	errno = urgent_thread_start(&b->thread, side_band_main, b);
	if (errno) {
		error_sys(err, "cannot start a thread");
		side_band_release(b, NULL);
		return NULL;
	}
	return b;
}

void side_band_free(struct side_band **bp, struct run_info *run_info)
{
	struct side_band *b = *bp;

	if (!b)
		return;
	record_queue_stop(&b->queue);
	sampler_nudge_side_band(b->sampler);
	pthread_join(b->thread, NULL);
	side_band_release(b, run_info);
	*bp = NULL;
}

/* Writes the mappings of text that was copied to memory without a file. */
static void texts_write(struct side_band *b, struct writer *w, struct live_stacks *live)
{
	struct event ev;

	while (text_watch_next(b->texts, &ev)) {
		side_band_apply(b, &ev);
		if (live)
			live_stacks_apply(live, &ev);
		writer_event(w, &ev);
	}
}

void side_band_write(struct side_band *b, struct writer *w, struct live_stacks *live)
{
	uint64_t round = record_queue_request(&b->queue);
	struct bytes records;
	bool more;

	sampler_nudge_side_band(b->sampler);
	do {
		more = record_queue_take(&b->queue, round, &records);
		if (records.size) {
			writer_record(w, records.data, records.size);
			if (live)
				live_stacks_add_side_band(live, records.data,
							  records.size);
		}
	} while (more);
	texts_write(b, w, live);
}
