#include "record/data/event_table.h"

#include "base/narrow.h"

#include <assert.h>
#include <string.h>

int event_table_add(struct event_table *t, struct bytes *attr, struct bytes ids,
		    struct error *err)
{
	const struct decode_event *first = t->items.items;
	struct decode_event event;

	if (decode_event_read(&event, attr, err) < 0)
		return -1;
	if (t->items.n && (event.layout.in_sample[SAMPLE_FIELD_ID] !=
				   first->layout.in_sample[SAMPLE_FIELD_ID] ||
			   event.layout.from_end[SAMPLE_FIELD_ID] !=
				   first->layout.from_end[SAMPLE_FIELD_ID]))
		return error_set(err, "its events store their ids at different offsets");
	event_ids_add(&t->ids, ids, narrow_u32(t->items.n));
	vec_push(&t->items, event);
	return 0;
}

void event_table_release(struct event_table *t)
{
	vec_release(&t->items);
	event_ids_release(&t->ids);
}

uint32_t event_table_find(const struct event_table *t, const void *record, size_t size)
{
	struct perf_event_header header;

	assert(size >= sizeof(header));
	if (t->items.n == 1)
		return 0;
	memcpy(&header, record, sizeof(header));
	return event_ids_find(&t->ids,
			      event_table_id(t, bytes_of(record, size), header.type));
}

static bool is_dummy(const struct decode_event *e)
{
	return e->type == PERF_TYPE_SOFTWARE && e->config == PERF_COUNT_SW_DUMMY;
}

bool event_table_lost_side_band(const struct event_table *t, const struct event *ev)
{
	if (ev->kind == EVENT_LOST_SAMPLES)
		return t->items.n > 1 && is_dummy(&t->items.items[ev->event]);
	return ev->lost.id && t->ids.items.n && !event_ids_has(&t->ids, ev->lost.id);
}
