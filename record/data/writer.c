#include "record/data/writer.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "record/data/encode.h"
#include "record/data/features.h"
#include "record/data/format.h"
#include "record/data/stream.h"
#include "record/data/zstd_stream.h"

#include <assert.h>
#include <string.h>

/* Records are compressed in pieces that fit into one COMPRESSED record even if they do
 * not get smaller. perf allocates the room for an expanded piece by the feature
 * COMPRESSED. */
enum { HELD_MOST = 60 << 10, ROOM = 64 << 10 };

_Static_assert(sizeof(struct perf_event_attr) >= FORMAT_ATTR_SIZE,
	       "kernel headers too old");

static void put_section(struct out *o, uint64_t at, uint64_t size)
{
	out_put_u64(o, at);
	out_put_u64(o, size);
}

/* The ids of all events, then for each event its attr and the section of its ids. */
static void put_attrs(struct out *out, const struct event_specs *specs)
{
	uint64_t ids_at = FORMAT_HEADER_SIZE;

	for (size_t i = 0; i < specs->sampling.n; i++)
		event_specs_stored_ids(specs, i, out);
	for (size_t i = 0; i < specs->sampling.n; i++) {
		struct perf_event_attr attr = event_specs_stored_attr(specs, i);
		uint64_t ids_size = event_specs_stored_ids(specs, i, NULL);

		out_write(out, &attr, FORMAT_ATTR_SIZE);
		put_section(out, ids_at, ids_size);
		ids_at += ids_size;
	}
}

/* The layout of the first event's records, for the fields that all events have in
 * common. */
static struct sample_layout common_layout(const struct event_specs *specs)
{
	const struct perf_event_attr *first = &specs->sampling.items[0].attr;
	struct sample_layout l =
		sample_layout_of(first->sample_type, first->sample_id_all);

	for (size_t i = 1; i < specs->sampling.n; i++) {
		const struct perf_event_attr *attr = &specs->sampling.items[i].attr;
		struct sample_layout other =
			sample_layout_of(attr->sample_type, attr->sample_id_all);

		assert(other.in_sample[SAMPLE_FIELD_ID] == l.in_sample[SAMPLE_FIELD_ID]);
		assert(other.in_sample[SAMPLE_FIELD_TASK] ==
		       l.in_sample[SAMPLE_FIELD_TASK]);
		assert(memcmp(other.from_end, l.from_end, sizeof(l.from_end)) == 0);
		(void)other;
	}
	return l;
}

static const struct dso_table no_names;

/* The header, without the place of the data. */
static void put_header(struct writer *w)
{
	static const char no_features[FORMAT_FEATURE_BITS / 8];
	const struct event_specs *specs = w->specs;
	uint64_t attr_size = FORMAT_ATTR_SIZE + FORMAT_SECTION_SIZE;
	uint64_t attrs_at = FORMAT_HEADER_SIZE;

	for (size_t i = 0; i < specs->sampling.n; i++)
		attrs_at += event_specs_stored_ids(specs, i, NULL);
	out_write(w->out, FORMAT_MAGIC, FORMAT_MAGIC_SIZE);
	out_put_u64(w->out, FORMAT_HEADER_SIZE);
	out_put_u64(w->out, attr_size);
	put_section(w->out, attrs_at, attr_size * specs->sampling.n);
	put_section(w->out, 0, 0);
	put_section(w->out, 0, 0);
	out_write(w->out, no_features, sizeof(no_features));
}

static struct feature_compression writer_compression(const struct writer *w)
{
	uint64_t size = w->data_end - w->data_at;
	struct feature_compression c = {.room_max = ROOM};

	if (w->packer)
		c.level = zstd_packer_level(w->packer);
	if (w->data_end && size)
		c.ratio = narrow_u32(w->whole_size / size);
	return c;
}

static void put_start(struct writer *w, const struct run_info *info)
{
	struct feature_compression compression = writer_compression(w);
	struct feature_contents contents = {info, &no_names, w->specs,
					    w->packer ? &compression : NULL};
	uint64_t section[2] = {out_pos(w->out)};

	features_write_start(w->out, &contents);
	/* The kernel's records are multiples of 8 bytes. */
	while (out_pos(w->out) % sizeof(uint64_t))
		out_char(w->out, 0);
	section[1] = out_pos(w->out) - section[0];
	out_patch(w->out, FORMAT_HEADER_START_AT, section, sizeof(section));
}

void writer_init(struct writer *w, struct out *out, const struct event_specs *specs,
		 struct zstd_packer *packer, const struct run_info *info)
{

	assert(specs->sampling.n > 0);
	*w = (struct writer){.out = out,
			     .specs = specs,
			     .layout = common_layout(specs),
			     .packer = packer};
	if (packer)
		w->held = mem_new(HELD_MOST, 1);
	put_header(w);
	put_attrs(out, specs);
	if (info)
		put_start(w, info);
	w->data_at = out_pos(out);
	out_patch(out, FORMAT_HEADER_DATA_AT, &w->data_at, sizeof(w->data_at));
}

void writer_release(struct writer *w)
{
	deferred_records_release(&w->deferred);
	vec_release(&w->provisional);
	zstd_packer_free(&w->packer);
	mem_release(&w->held);
}

/* Compresses the held records into one record. */
static void pack(struct writer *w)
{
	struct perf_event_header header = {.type = FORMAT_RECORD_COMPRESSED};
	uint8_t packed[UINT16_MAX - sizeof(header)];
	size_t size;

	if (!w->n_held)
		return;
	size = zstd_pack(w->packer, packed, sizeof(packed), w->held, w->n_held);
	header.size = narrow_u16(sizeof(header) + size);
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
	if (w->is_cut)
		return;
	if (w->packer)
		hold(w, records, size);
	else
		out_write(w->out, records, size);
	w->round_open = true;
}

/* Writes the deferred records of the process with the pid at 'at' in the record. */
static void put_deferred(struct writer *w, const struct stream_record *r, size_t at)
{
	const void *records;
	uint32_t pid;
	size_t size;

	if (r->bytes.size < at + sizeof(pid))
		return;
	memcpy(&pid, r->bytes.data + at, sizeof(pid));
	while (deferred_records_take(&w->deferred, pid, &records, &size))
		put(w, records, size);
}

/* The deferred records of a process come before its first record. */
static void put_deferred_before(struct writer *w, struct bytes records)
{
	const size_t fields = sizeof(struct perf_event_header);
	const size_t task = w->layout.in_sample[SAMPLE_FIELD_TASK];
	struct stream_record r;

	while (stream_cut(&records, &r) > 0) {
		switch (r.type) {
		case PERF_RECORD_FORK:
			put_deferred(w, &r,
				     fields + 4); /* the parent: maps are inherited */
			put_deferred(w, &r, fields);
			break;
		case PERF_RECORD_EXIT:
		case PERF_RECORD_COMM:
		case PERF_RECORD_MMAP2:
			put_deferred(w, &r, fields);
			break;
		case PERF_RECORD_SAMPLE:
			put_deferred(w, &r, 8 * task);
			break;
		default:
			break;
		}
	}
}

void writer_record(struct writer *w, const void *record, size_t size)
{
	assert(!w->data_end);
	w->has_records = true;
	put_deferred_before(w, bytes_of(record, size));
	put(w, record, size);
}

void writer_event(struct writer *w, const struct event *ev)
{
	bool is_of_process = ev->kind != EVENT_CGROUP && ev->pid != UINT32_MAX;
	uint8_t record[ENCODE_SIZE_MAX];
	size_t size = encode_event(record, &w->layout, ev);

	if (is_of_process && !w->has_records)
		deferred_records_add(&w->deferred, ev->pid, record, size);
	else
		put(w, record, size);
}

void writer_provisional(struct writer *w, const void *record, size_t size)
{
	put_deferred_before(w, bytes_of(record, size));
	vec_reserve(&w->provisional, size);
	memcpy(w->provisional.items + w->provisional.n, record, size);
	w->provisional.n += size;
}

/* Drops the records that are not saved: some of their bytes may lack. */
static void writer_cut(struct writer *w)
{
	struct error ignored;

	w->is_cut = true;
	w->round_open = false;
	w->n_held = 0;
	out_rewind(w->out, w->saved, &ignored);
}

int writer_save(struct writer *w, struct error *err)
{
	if (w->is_cut)
		return error_set(err, "records are missing");
	pack(w);
	if (out_flush(w->out, err) < 0) {
		writer_cut(w);
		return -1;
	}
	w->saved = out_pos(w->out);
	out_tail(w->out, w->provisional.items, w->provisional.n);
	w->provisional.n = 0;
	return 0;
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
	deferred_records_release(&w->deferred);
	w->data_end = out_pos(w->out);
	size = w->data_end - w->data_at;
	out_patch(w->out, FORMAT_HEADER_DATA_SIZE_AT, &size, sizeof(size));
	return out_flush(w->out, err);
}

/* Everything after the records. */
static void features_put(struct writer *w, const struct run_info *info,
			 const struct dso_table *dsos)
{
	struct feature_compression compression = writer_compression(w);
	struct feature_contents contents = {info, dsos ? dsos : &no_names, w->specs,
					    w->packer ? &compression : NULL};

	features_write(w->out, &contents);
}

int writer_finish(struct writer *w, const struct run_info *info,
		  const struct dso_table *dsos, struct error *err)
{
	struct error ignored;

	assert(w->data_end);
	features_put(w, info, dsos);
	if (out_flush(w->out, err) == 0)
		return 0;
	out_rewind(w->out, w->data_end, &ignored);
	return -1;
}
