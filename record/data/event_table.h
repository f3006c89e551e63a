/* The events of a recording, as its records need them: the format of each event, and the
 * ids that lead from a record to its event. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/vec.h"
#include "model/event.h"
#include "record/data/decode_event.h"
#include "record/data/format.h"
#include "record/data/join/event_ids.h"

#include <linux/perf_event.h>
#include <stdint.h>

/* Zero-initialize. */
struct event_table {
	VEC(struct decode_event) items;
	struct event_ids ids;
};

/* Adds an event: 'attr' holds its attr and nothing else, 'ids' its 64-bit ids. Returns -1
 * if the attr is damaged, or if the ids of its records are elsewhere than those of the
 * events before: then a record's event cannot be found. */
int event_table_add(struct event_table *t, struct bytes *attr, struct bytes ids,
		    struct error *err);

void event_table_release(struct event_table *t);

/* The id in a record of that type; 0: it has none. */
static inline uint64_t event_table_id(const struct event_table *t, struct bytes record,
				      uint32_t type)
{
	const struct sample_layout *l = &t->items.items[0].layout;
	size_t words;

	if (type == PERF_RECORD_SAMPLE) {
		words = l->in_sample[SAMPLE_FIELD_ID];
		if (words == SAMPLE_FIELD_NONE)
			return 0;
		bytes_skip(&record, 8 * words);
	} else {
		words = l->from_end[SAMPLE_FIELD_ID];
		if (type >= FORMAT_RECORD_HEADER_ATTR || words == SAMPLE_FIELD_NONE ||
		    record.size < 8 * words)
			return 0;
		bytes_skip(&record, record.size - 8 * words);
	}
	return bytes_u64(&record);
}

/* The index of the event that a whole record belongs to; 0, the first event, for a record
 * without an id or with an unknown one. */
uint32_t event_table_find(const struct event_table *t, const void *record, size_t size);

/* Whether an EVENT_LOST or EVENT_LOST_SAMPLES is a loss of records about processes and
 * mappings, not of samples. An EVENT_LOST counts the losses of a ring. The side band of
 * flame's recordings has rings of its own, and ids that the recording does not list. perf
 * has one ring for all events: most losses there are samples. */
bool event_table_lost_side_band(const struct event_table *t, const struct event *ev);
