#include "record/data/cursor.h"

#include "base/mem.h"
#include "base/vec.h"
#include "record/data/decode.h"
#include "record/data/join/joined_chain.h"
#include "record/data/stream.h"

#include <assert.h>
#include <linux/perf_event.h>

enum {
	PIECE_SIZE = 8 * 1024 * 1024, /* of records: a span has at least one piece */
	SPAN_MIN = 64 * 1024 * 1024,
};

struct cursor {
	const struct recording *recording;
	struct filter filter;
	struct stream stream;
	size_t span_from;      /* where the stream begins in the recording's records */
	size_t piece_end;      /* position in the stream */
	VEC(uint64_t) samples; /* of each event */
	VEC(size_t) cuts; /* positions where a record begins, PIECE_SIZE or more apart */

	struct joined_chain joined; /* of the last sample */

	/* From the recording, for speed. */
	const struct event_table *events;
	/* The last id that was looked up: records of one ring follow each other. */
	uint64_t last_id;
	uint32_t last_event;
};

struct cursor *cursor_new_in(const struct recording *recording,
			     const struct filter *filter, struct record_span span)
{
	const struct stream_source *all = recording_records(recording);
	struct stream_source source = *all;
	struct cursor *c = mem_new(1, sizeof(*c));
	bool is_whole = span.from == 0 && span.to == all->size;

	assert(span.from <= span.to && span.to <= all->size);
	if (source.data)
		source.data += span.from;
	source.size = span.to - span.from;
	source.file_off += span.from;
	/* The last span ends like the recording: as it should, or too early. */
	if (!is_whole)
		source.claimed = span.to == all->size && all->claimed != all->size
					 ? 0
					 : source.size;
	c->recording = recording;
	c->filter = *filter;
	c->span_from = span.from;
	c->piece_end = PIECE_SIZE;
	stream_init(&c->stream, &source);
	c->events = recording_table(recording);
	c->last_event = event_ids_find(&c->events->ids, c->last_id);
	for (size_t i = 0; i < c->events->items.n; i++)
		vec_push(&c->samples, 0);
	return c;
}

struct cursor *cursor_new(const struct recording *recording, const struct filter *filter)
{
	struct record_span all = {0, recording_records(recording)->size};

	return cursor_new_in(recording, filter, all);
}

void cursor_free(struct cursor **cursorp)
{
	struct cursor *c = *cursorp;

	if (!c)
		return;
	stream_release(&c->stream);
	vec_release(&c->samples);
	vec_release(&c->cuts);
	joined_chain_release(&c->joined);
	mem_free(c);
	*cursorp = NULL;
}

/* The event that a record belongs to, from the record's bytes: the event is needed to
 * decode it. */
static inline uint32_t event_of_record(struct cursor *c, const struct bytes *record,
				       uint32_t type)
{
	uint64_t id;

	if (c->events->items.n == 1)
		return 0;
	id = event_table_id(c->events, *record, type);
	if (id != c->last_id) {
		c->last_id = id;
		c->last_event = event_ids_find(&c->events->ids, id);
	}
	return c->last_event;
}

static void piece_end(struct cursor *c)
{
	size_t at = stream_pos(&c->stream);

	/* A compressed record depends on the ones before it. */
	if (c->stream.n_blocks)
		c->cuts.n = 0;
	else
		vec_push(&c->cuts, c->span_from + at);
	c->piece_end = at + PIECE_SIZE;
}

/* The next record that the filter may yield, and its event. */
static int next_record(struct cursor *c, struct stream_record *record, uint32_t *event,
		       struct error *err)
{
	int got;

	while ((got = stream_next(&c->stream, record, err)) > 0) {
		bool is_sample = record->type == PERF_RECORD_SAMPLE;

		if (stream_pos(&c->stream) >= c->piece_end)
			piece_end(c);
		if (!is_sample && !filter_has_side_band(&c->filter))
			continue;
		*event = event_of_record(c, &record->bytes, record->type);
		if (!is_sample)
			break;
		c->samples.items[*event]++;
		if (filter_has_samples_of(&c->filter, *event))
			break;
	}
	return got;
}

/* A mapping without a build id of its own gets the one that perf found when it had
 * recorded. The kernel's is called "[kernel.kallsyms]" there and "[kernel.kallsyms]_text"
 * in its mapping. */
static void build_id_add(const struct recording *recording, struct event_mmap *m)
{
	size_t len = *m->path == '[' ? strcspn(m->path, "]") + 1 : strlen(m->path);
	const struct build_id *build_id;

	if (m->build_id.size)
		return;
	build_id =
		recording_build_id(recording, m->path, strnlen(m->path, len), m->inode);
	if (build_id)
		m->build_id = *build_id;
}

/* The interpreter of the Android runtime has frames in files that are only read. */
static void mapping_complete(struct cursor *c, struct event_mmap *m)
{
	m->is_exec |= recording_is_of_simpleperf(c->recording);
	build_id_add(c->recording, m);
}

static void chain_join(struct cursor *c, const struct decode_event *e, struct event *ev)
{
	bool is_swapped = recording_is_swapped(c->recording);

	if (e->has_call_branches)
		joined_chain_of_branches(&c->joined, &ev->sample, is_swapped);
	else if (e->has_deferred_chains)
		joined_chain_of_deferred(&c->joined, &ev->sample, ev->tid,
					 recording_deferred(c->recording), is_swapped);
}

int cursor_next(struct cursor *c, struct event *ev, struct error *err)
{
	const struct decode_event *e;
	struct stream_record record;
	uint32_t event;
	int got;

	got = next_record(c, &record, &event, err);
	if (got <= 0)
		return got;
	ev->at = record.at;
	ev->event = event;
	e = &c->events->items.items[event];
	if (decode_record(e, &record.bytes, ev, err) < 0) {
		c->stream.ended = true;
		return -1;
	}
	if (ev->kind == EVENT_SAMPLE)
		chain_join(c, e, ev);
	else if (ev->kind == EVENT_MMAP)
		mapping_complete(c, &ev->mmap);
	else if (ev->kind == EVENT_LOST || ev->kind == EVENT_LOST_SAMPLES)
		ev->lost.is_side_band = event_table_lost_side_band(c->events, ev);
	return 1;
}

uint64_t cursor_samples(const struct cursor *c, uint32_t event)
{
	assert(event < c->events->items.n);
	return c->samples.items[event];
}

size_t cursor_spans(const struct cursor *c, struct record_span *spans, size_t max)
{
	size_t size = recording_records(c->recording)->size, n = 0, from = 0;
	size_t each = SPAN_MIN;
	const size_t *cut;

	assert(max > 0);
	if (size / max > each)
		each = size / max;
	if (!c->stream.n_blocks)
		vec_each(cut, &c->cuts)
			if (n + 1 < max && *cut - from >= each) {
				spans[n++] = (struct record_span){from, *cut};
				from = *cut;
			}
	spans[n++] = (struct record_span){from, size};
	return n;
}
