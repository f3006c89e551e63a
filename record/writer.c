#include "record/writer.h"

#include "base/mem.h"
#include "record/encode.h"
#include "record/features.h"
#include "record/format.h"
#include "record/section.h"

#include <string.h>

_Static_assert(sizeof(struct perf_event_attr) >= FORMAT_ATTR_SIZE,
	       "kernel headers too old");

static void put_u64(struct out *o, uint64_t v)
{
	out_write(o, &v, sizeof(v));
}

static void put_section(struct out *o, uint64_t at, uint64_t size)
{
	put_u64(o, at);
	put_u64(o, size);
}

void writer_init(struct writer *w, struct out *out, const struct event_spec *event)
{
	static const char no_features[FORMAT_FEATURE_BITS / 8];
	uint64_t ids_size = 8 * event->ids.n;
	uint64_t attrs_at = FORMAT_HEADER_SIZE + ids_size;
	uint64_t attrs_size = FORMAT_ATTR_SIZE + FORMAT_SECTION_SIZE;

	*w = (struct writer){
		.out = out, .event = event, .data_at = attrs_at + attrs_size};
	out_write(out, FORMAT_MAGIC, FORMAT_MAGIC_SIZE);
	put_u64(out, FORMAT_HEADER_SIZE);
	put_u64(out, attrs_size);
	put_section(out, attrs_at, attrs_size);
	put_section(out, w->data_at, 0);
	put_section(out, 0, 0);
	out_write(out, no_features, sizeof(no_features));
	out_write(out, event->ids.items, ids_size);
	out_write(out, &event->attr, FORMAT_ATTR_SIZE);
	put_section(out, FORMAT_HEADER_SIZE, ids_size);
}

void writer_record(struct writer *w, const void *record, size_t size)
{
	out_write(w->out, record, size);
	w->round_open = true;
}

void writer_event(struct writer *w, const struct event *ev)
{
	uint8_t record[ENCODE_SIZE_MAX];

	writer_record(w, record, encode_event(record, ev));
}

void writer_round(struct writer *w)
{
	const struct perf_event_header round = {.type = FORMAT_RECORD_FINISHED_ROUND,
						.size = sizeof(round)};

	if (!w->round_open)
		return;
	out_write(w->out, &round, sizeof(round));
	w->round_open = false;
}

int writer_end_data(struct writer *w, struct error *err)
{
	uint64_t size;

	w->data_end = out_tell(w->out);
	size = w->data_end - w->data_at;
	out_patch(w->out, FORMAT_HEADER_DATA_SIZE_AT, &size, sizeof(size));
	return out_flush(w->out, err);
}

/* The table of sections stands right behind the records, one entry for each set bit. */
int writer_finish(struct writer *w, const struct conditions *c,
		  const struct dso_table *dsos, struct error *err)
{
	uint64_t bits[FORMAT_FEATURE_BITS / 64] = {0};
	uint64_t table[64][2] = {0};
	size_t n = 0;

	while (features_written(n) >= 0)
		n++;
	out_write(w->out, table, (n + 1) * FORMAT_SECTION_SIZE);
	for (size_t i = 0; i <= n; i++) {
		unsigned bit =
			i < n ? (unsigned)features_written(i) : FORMAT_FEATURE_FLAME;

		table[i][0] = out_tell(w->out);
		if (i < n)
			features_write(w->out, bit, c, w->event);
		else
			section_write(w->out, c, dsos);
		table[i][1] = out_tell(w->out) - table[i][0];
		bits[bit / 64] |= (uint64_t)1 << bit % 64;
	}
	out_patch(w->out, w->data_end, table, (n + 1) * FORMAT_SECTION_SIZE);
	out_patch(w->out, FORMAT_HEADER_FEATURES_AT, bits, sizeof(bits));
	return out_flush(w->out, err);
}
