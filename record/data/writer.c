#include "record/data/writer.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/encode.h"
#include "record/data/features.h"
#include "record/data/format.h"
#include "record/data/stream.h"
#include "record/data/zstd_stream.h"

#include <string.h>

/* Records are compressed in pieces that fit into one COMPRESSED record however little it helps. perf
 * makes as much room for a piece as the feature says. */
enum { HELD_MOST = 60 << 10, ROOM = 64 << 10 };

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

void writer_init(struct writer *w, struct out *out, const struct event_spec *event,
		 struct zstd_packer *packer)
{
	static const char no_features[FORMAT_FEATURE_BITS / 8];
	uint64_t ids_size = 8 * event->ids.n;
	uint64_t attrs_at = FORMAT_HEADER_SIZE + ids_size;
	uint64_t attrs_size = FORMAT_ATTR_SIZE + FORMAT_SECTION_SIZE;

	*w = (struct writer){.out = out,
			     .event = event,
			     .data_at = attrs_at + attrs_size,
			     .packer = packer};
	if (packer)
		w->held = mem_new(HELD_MOST, 1);
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

void writer_release(struct writer *w)
{
	deferred_records_release(&w->latent);
	zstd_packer_free(&w->packer);
	mem_release(&w->held);
}

/* What is held as one record. */
static void pack(struct writer *w)
{
	struct perf_event_header header = {.type = FORMAT_RECORD_COMPRESSED};
	uint8_t packed[UINT16_MAX - sizeof(header)];
	size_t size;

	if (!w->n_held)
		return;
	size = zstd_pack(w->packer, packed, sizeof(packed), w->held, w->n_held);
	header.size = (uint16_t)(sizeof(header) + size);
	out_write(w->out, &header, sizeof(header));
	out_write(w->out, packed, size);
	w->whole_size += w->n_held;
	w->n_held = 0;
}

static void hold(struct writer *w, const uint8_t *records, size_t size)
{
	while (size) {
		size_t room = HELD_MOST - w->n_held, n = size < room ? size : room;

		memcpy(w->held + w->n_held, records, n);
		w->n_held += n;
		records += n;
		size -= n;
		if (w->n_held == HELD_MOST)
			pack(w);
	}
}

static void put(struct writer *w, const void *records, size_t size)
{
	if (w->packer)
		hold(w, records, size);
	else
		out_write(w->out, records, size);
	w->round_open = true;
}

/* 'at': where the record has the process's number. */
static void tell_of(struct writer *w, const struct stream_record *r, size_t at)
{
	const void *records;
	uint32_t pid;
	size_t size;

	if (r->bytes.size < at + sizeof(pid))
		return;
	memcpy(&pid, r->bytes.data + at, sizeof(pid));
	while (deferred_records_take(&w->latent, pid, &records, &size))
		put(w, records, size);
}

/* All that is known of a process comes before its own first record. */
static void tell_before(struct writer *w, struct bytes records)
{
	const size_t fields = sizeof(struct perf_event_header);
	struct stream_record r;

	while (stream_cut(&records, &r) > 0) {
		switch (r.type) {
		case PERF_RECORD_FORK:
			tell_of(w, &r, fields + 4); /* the parent, whose maps go over */
			tell_of(w, &r, fields);
			break;
		case PERF_RECORD_EXIT:
		case PERF_RECORD_COMM:
		case PERF_RECORD_MMAP2:
			tell_of(w, &r, fields);
			break;
		case PERF_RECORD_SAMPLE:
			/* Behind the instruction: event_spec_sample(). */
			tell_of(w, &r, fields + 8);
			break;
		default:
			break;
		}
	}
}

void writer_record(struct writer *w, const void *record, size_t size)
{
	w->has_records = true;
	tell_before(w, bytes_of(record, size));
	put(w, record, size);
}

void writer_event(struct writer *w, const struct event *ev)
{
	bool is_of_process = ev->kind != EVENT_CGROUP && ev->pid != UINT32_MAX;
	uint8_t record[ENCODE_SIZE_MAX];
	size_t size = encode_event(record, ev);

	if (is_of_process && !w->has_records)
		deferred_records_add(&w->latent, ev->pid, record, size);
	else
		put(w, record, size);
}

void writer_round(struct writer *w)
{
	const struct perf_event_header round = {.type = FORMAT_RECORD_FINISHED_ROUND,
						.size = sizeof(round)};

	if (!w->round_open)
		return;
	pack(w);
	out_write(w->out, &round, sizeof(round));
	w->round_open = false;
}

int writer_end_data(struct writer *w, struct error *err)
{
	uint64_t size;

	pack(w);
	deferred_records_release(&w->latent);
	w->data_end = out_pos(w->out);
	size = w->data_end - w->data_at;
	out_patch(w->out, FORMAT_HEADER_DATA_SIZE_AT, &size, sizeof(size));
	return out_flush(w->out, err);
}

int writer_finish(struct writer *w, const struct run_info *c,
		  const struct dso_table *dsos, struct error *err)
{
	uint64_t size = w->data_end - w->data_at;
	struct feature_compression compression = {.room_max = ROOM};
	struct feature_contents contents = {c, dsos, w->event, NULL};

	if (w->packer) {
		compression.level = zstd_packer_level(w->packer);
		compression.ratio = (uint32_t)(size ? w->whole_size / size : 0);
		contents.compression = &compression;
	}
	features_write(w->out, &contents);
	return out_flush(w->out, err);
}
