#include "record/data/reader.h"

#include "base/bytes.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/build_id_list.h"
#include "record/data/features.h"
#include "record/data/flame_section.h"
#include "record/data/format.h"
#include "record/data/mapped_file.h"
#include "record/data/stream.h"

#include <linux/perf_event.h>
#include <sys/mman.h>

enum {
	DROP_SIZE = 8 * 1024 * 1024,
	PART_LEAST = 64 * 1024 * 1024,
	/* Recordings with copies of stacks up to that size stay mapped for the second pass: to touch
	 * their pages anew would take a tenth of what it takes to unwind them. */
	KEPT_MOST = INT32_MAX,
};

struct section {
	uint64_t at, size;
};

struct event_id {
	uint64_t id;
	uint32_t event;
};

struct reader {
	const uint8_t *data;
	size_t size;
	bool is_mapped, is_part;
	bool is_kept;		 /* what was read stays mapped */
	struct mapped_file file; /* where it is */
	size_t dropped;		 /* so much of the mapping was given back */
	size_t piece_end;	 /* of the stream, where more is to be */
	enum reader_part part;
	bool swapped;
	uint64_t feature_bits[FORMAT_FEATURE_BITS / 64];
	struct section records; /* what is there of them */
	struct stream stream;
	bool is_piped; /* attrs and features stand among the records */

	VEC(size_t)
	marks; /* where records begin in the stream, DROP_SIZE or more apart */
	VEC(size_t)
	parts; /* where the parts of them begin, and where the last one ends */

	VEC(struct decode_event) events;
	VEC(uint64_t) samples; /* of each event */
	struct hashmap by_id;
	VEC(struct event_id) ids;
	struct event_id
		last; /* that was asked for: those of one ring follow each other */
	int id_in_sample, id_from_end; /* see decode.h; the same for all events */

	struct build_id_list build_ids;
};

bool reader_knows(const void *start, size_t size)
{
	return size >= FORMAT_MAGIC_SIZE &&
	       (memcmp(start, FORMAT_MAGIC, FORMAT_MAGIC_SIZE) == 0 ||
		memcmp(start, FORMAT_MAGIC_SWAPPED, FORMAT_MAGIC_SIZE) == 0);
}

static struct bytes bytes_at(const struct reader *r, struct section s)
{
	struct bytes b = {.data = r->data, .size = r->size, .swapped = r->swapped};

	if (s.at > r->size || s.size > r->size - s.at)
		b.failed = true;
	else
		b = (struct bytes){r->data + s.at, s.size, 0, r->swapped, false};
	return b;
}

static struct section read_section(struct bytes *b)
{
	struct section s = {.at = bytes_u64(b)};

	s.size = bytes_u64(b);
	return s;
}

/* The event that an id belongs to, or NULL. */
static const struct event_id *find_id(const struct reader *r, uint64_t id)
{
	struct hashmap_probe probe;
	uint32_t at;

	for (at = hashmap_first(&probe, &r->by_id, hash_u64(id, 0)); at != HASHMAP_NONE;
	     at = hashmap_next(&probe))
		if (r->ids.items[at].id == id)
			return &r->ids.items[at];
	return NULL;
}

/* Ids that nobody knows are those of the first event. */
static void set_last(struct reader *r, uint64_t id)
{
	const struct event_id *known = find_id(r, id);

	r->last = (struct event_id){id, known ? known->event : 0};
}

static void read_ids(struct reader *r, struct bytes b, uint32_t event)
{
	while (bytes_left(&b) >= 8) {
		struct event_id id = {bytes_u64(&b), event};

		if (find_id(r, id.id))
			continue;
		hashmap_put(&r->by_id, hash_u64(id.id, 0), (uint32_t)r->ids.n);
		vec_push(&r->ids, id);
	}
}

static int read_attrs(struct reader *r, struct section attrs, uint64_t entry_size,
		      struct error *err)
{
	struct bytes b = bytes_at(r, attrs);
	size_t left = r->size; /* more ids can only be the same ones again */

	if (entry_size < FORMAT_ATTR_SIZE_MIN + FORMAT_SECTION_SIZE ||
	    attrs.size < entry_size || attrs.size % entry_size != 0)
		return error_set(err, "its table of events is damaged");
	while (bytes_left(&b)) {
		struct bytes attr = bytes_sub(&b, entry_size - FORMAT_SECTION_SIZE);
		struct decode_event event;
		struct bytes ids;

		if (decode_attr(&event, &attr, err) < 0)
			return -1;
		ids = bytes_at(r, read_section(&b));
		if (bytes_left(&ids) <= left) {
			left -= bytes_left(&ids);
			read_ids(r, ids, (uint32_t)r->events.n);
		}
		vec_push(&r->events, event);
	}
	if (b.failed)
		return error_set(err, "it is cut short in its table of events");
	return 0;
}

/* The records of several events are told apart by an id, which must stand where it can be read
 * before it is known whose record it is. */
static int find_id_places(struct reader *r, struct error *err)
{
	const struct decode_event *e = r->events.items;

	r->id_in_sample = decode_id_in_sample(e);
	r->id_from_end = decode_id_from_end(e);
	for (; e < r->events.items + r->events.n; e++)
		if (decode_id_in_sample(e) != r->id_in_sample ||
		    decode_id_from_end(e) != r->id_from_end)
			return error_set(err,
					 "its events have no common place for their ids");
	return 0;
}

static int read_header(struct reader *r, struct error *err)
{
	struct bytes b = bytes_of(r->data, r->size);
	struct section attrs;
	uint64_t size, entry_size, claimed;

	b.swapped = r->swapped;
	bytes_skip(&b, FORMAT_MAGIC_SIZE);
	size = bytes_u64(&b);
	entry_size = bytes_u64(&b);
	attrs = read_section(&b);
	r->records = read_section(&b);
	bytes_skip(&b, FORMAT_SECTION_SIZE); /* event types: perf wrote them before 3.0 */
	for (size_t i = 0; i < FORMAT_FEATURE_BITS / 64; i++)
		r->feature_bits[i] = bytes_u64(&b);
	if (b.failed || size < FORMAT_HEADER_SIZE)
		return error_set(err, "its header is cut short");
	if (r->records.at > r->size)
		return error_set(err, "it is cut short before its first record");
	/* A recorder that was stopped hard never wrote how much there is. */
	claimed = r->records.size;
	if (!claimed || claimed > r->size - r->records.at)
		r->records.size = r->size - r->records.at;
	stream_init(&r->stream, r->data + r->records.at, r->records.size, r->swapped,
		    r->records.at, claimed);
	return read_attrs(r, attrs, entry_size, err);
}

/* An attr among the records, with its ids behind it. */
static int read_piped_attr(struct reader *r, struct bytes *b, struct error *err)
{
	struct bytes peek = *b, attr;
	struct decode_event event;
	uint32_t size;

	bytes_skip(&peek, 4);
	size = bytes_u32(&peek);
	attr = bytes_sub(b, size < FORMAT_ATTR_SIZE_MIN ? FORMAT_ATTR_SIZE_MIN : size);
	if (decode_attr(&event, &attr, err) < 0)
		return -1;
	read_ids(r, *b, (uint32_t)r->events.n);
	vec_push(&r->events, event);
	return 0;
}

/* In a recording from a pipe the header stands among the records, mostly before all others. */
static int read_piped_header(struct reader *r, struct error *err)
{
	struct stream_record record;
	struct error damage;
	int result = 0;

	r->is_piped = true;
	r->records = (struct section){FORMAT_PIPE_HEADER_SIZE,
				      r->size - FORMAT_PIPE_HEADER_SIZE};
	stream_init(&r->stream, r->data + r->records.at, r->records.size, r->swapped,
		    r->records.at, r->records.size);
	/* Damage comes up again where the records are read. */
	while (result == 0 && stream_next(&r->stream, &record, &damage) > 0) {
		bytes_skip(&record.bytes, FORMAT_RECORD_SIZE_MIN);
		if (record.type == FORMAT_RECORD_HEADER_ATTR)
			result = read_piped_attr(r, &record.bytes, err);
	}
	stream_rewind(&r->stream);
	if (result == 0 && !r->events.n)
		return error_set(err, "it names no event");
	return result;
}

static int read_start(struct reader *r, struct error *err)
{
	struct bytes b = bytes_of(r->data, r->size);
	uint64_t size;

	if (!reader_knows(r->data, r->size))
		return error_set(err, "it is no recording");
	b.swapped = r->swapped = memcmp(r->data, FORMAT_MAGIC, FORMAT_MAGIC_SIZE) != 0;
	bytes_skip(&b, FORMAT_MAGIC_SIZE);
	size = bytes_u64(&b);
	if (b.failed)
		return error_set(err, "its header is cut short");
	if ((size == FORMAT_PIPE_HEADER_SIZE ? read_piped_header(r, err)
					     : read_header(r, err)) < 0)
		return -1;
	for (size_t i = 0; i < r->events.n; i++)
		vec_push(&r->samples, 0);
	set_last(r, 0);
	return find_id_places(r, err);
}

struct reader *reader_of(const void *data, size_t size, struct error *err)
{
	struct reader *r = mem_new(1, sizeof(*r));

	r->data = data;
	r->size = size;
	if (read_start(r, err) < 0)
		reader_close(&r);
	return r;
}

static bool has_stacks(const struct reader *r)
{
	const struct decode_event *e;
	uint64_t has = 0;

	vec_each(e, &r->events)
		has |= e->sample_type & PERF_SAMPLE_STACK_USER;
	return has;
}

struct reader *reader_open(const char *path, struct error *err)
{
	struct mapped_file file;
	struct reader *r;

	if (mapped_file_open(&file, path, err) < 0)
		return NULL;
	r = reader_of(file.data, file.size, err);
	if (!r) {
		mapped_file_release(&file);
		error_while(err, "cannot read '%s'", path);
		return NULL;
	}
	r->is_mapped = true;
	r->is_kept = file.size <= KEPT_MOST && has_stacks(r);
	r->file = file;
	return r;
}

void reader_close(struct reader **rp)
{
	struct reader *r = *rp;

	if (!r)
		return;
	vec_release(&r->samples);
	if (r->is_part) {
		mem_free(r);
		*rp = NULL;
		return;
	}
	if (r->is_mapped)
		mapped_file_release(&r->file);
	stream_release(&r->stream);
	vec_release(&r->marks);
	vec_release(&r->parts);
	vec_release(&r->events);
	vec_release(&r->ids);
	build_id_list_release(&r->build_ids);
	hashmap_release(&r->by_id);
	mem_free(r);
	*rp = NULL;
}

const void *reader_bytes(const struct reader *r, size_t *size)
{
	*size = r->size;
	return r->data;
}

const struct decode_event *reader_events(const struct reader *r, size_t *n)
{
	*n = r->events.n;
	return r->events.items;
}

bool reader_is_swapped(const struct reader *r)
{
	return r->swapped;
}

/* The features of a recording from a pipe: records of their own. */
static void read_piped_features(struct reader *r, struct features *f)
{
	struct stream_record record;
	struct error damage;

	while (stream_next(&r->stream, &record, &damage) > 0) {
		struct bytes b = record.bytes;

		if (record.type == FORMAT_RECORD_BUILD_ID)
			features_read(f, FORMAT_FEATURE_BUILD_ID, &b);
		if (record.type != FORMAT_RECORD_HEADER_FEATURE)
			continue;
		bytes_skip(&b, FORMAT_RECORD_SIZE_MIN);
		features_read(f, (unsigned)bytes_u64(&b), &b);
	}
	stream_rewind(&r->stream);
}

/* The features of a file: a table of sections behind the records, one for each bit set. */
static int read_features(struct reader *r, struct features *f, struct dso_table *dsos,
			 struct error *err)
{
	struct section table = {.at = r->records.at + r->records.size};
	struct bytes b, section;
	int result = 0;

	table.size = r->size - table.at;
	b = bytes_at(r, table);
	for (unsigned bit = 0; bit < FORMAT_FEATURE_BITS; bit++) {
		if (!(r->feature_bits[bit / 64] >> bit % 64 & 1))
			continue;
		section = bytes_at(r, read_section(&b));
		if (b.failed || section.failed) {
			result = error_set(
				err, "the end of the recording is missing, where facts "
				     "and names stood");
			continue;
		}
		if (bit == FORMAT_FEATURE_FLAME)
			result = flame_section_read(&section, f->run_info, dsos, err);
		else
			features_read(f, bit, &section);
	}
	return result;
}

int reader_facts(struct reader *r, struct run_info *c, struct dso_table *dsos,
		 struct error *err)
{
	struct features f = {
		.run_info = c, .events = r->events.items, .n_events = r->events.n};
	const struct feature_build_id *known;
	int result = 0;

	if (r->is_piped)
		read_piped_features(r, &f);
	else
		result = read_features(r, &f, dsos, err);
	vec_each(known, &f.build_ids)
		build_id_list_set(&r->build_ids, known);
	vec_release(&f.build_ids);
	return result;
}

void reader_rewind(struct reader *r)
{
	uint64_t *n;

	vec_each(n, &r->samples)
		*n = 0;
	r->dropped = r->is_part ? r->records.at & ~(size_t)(DROP_SIZE - 1) : 0;
	r->piece_end = DROP_SIZE;
	stream_rewind(&r->stream);
}

static uint32_t event_of_id(struct reader *r, uint64_t id)
{
	if (id != r->last.id)
		set_last(r, id);
	return r->last.event;
}

/* Which event a record belongs to: known before it is decoded. */
static inline uint32_t event_of_record(struct reader *r, const struct bytes *record,
				       uint32_t type)
{
	struct bytes b = *record;
	uint64_t id_at;

	if (r->events.n == 1 || type >= FORMAT_RECORD_HEADER_ATTR)
		return 0;
	if (type == PERF_RECORD_SAMPLE) {
		if (r->id_in_sample < 0)
			return 0;
		id_at = FORMAT_RECORD_SIZE_MIN + 8 * (uint64_t)r->id_in_sample;
	} else {
		if (!r->id_from_end || b.size < 8 * (size_t)r->id_from_end)
			return 0;
		id_at = b.size - 8 * (size_t)r->id_from_end;
	}
	bytes_skip(&b, id_at);
	return event_of_id(r, bytes_u64(&b));
}

/* A mapping without a build id of its own takes what perf found when it had recorded. The
 * kernel's is called "[kernel.kallsyms]" there and "[kernel.kallsyms]_text" in its mapping. */
static void add_build_id(const struct reader *r, struct event_mmap *m)
{
	size_t len = *m->path == '[' ? strcspn(m->path, "]") + 1 : strlen(m->path);
	const struct build_id *known;

	if (m->build_id.size)
		return;
	known = build_id_list_find(&r->build_ids, m->path, strnlen(m->path, len));
	if (known)
		m->build_id = *known;
}

void reader_want(struct reader *r, enum reader_part part)
{
	r->part = part;
}

/* Pages that have been read need no memory: they come back from the file if they must. */
static void drop_pages(struct reader *r)
{
	size_t at = r->records.at + r->stream.plain.at;

	at &= ~(size_t)(DROP_SIZE - 1);
	if (!r->is_mapped || r->is_kept || at <= r->dropped)
		return;
	madvise((void *)(r->data + r->dropped), at - r->dropped, MADV_DONTNEED);
	r->dropped = at;
}

/* A record has been read at whose end a good piece of the stream ends. */
static void end_piece(struct reader *r)
{
	size_t at = r->stream.plain.at;

	if (!r->is_part && (!r->marks.n || *vec_last(&r->marks) < at))
		vec_push(&r->marks, at);
	r->piece_end = at + DROP_SIZE;
	drop_pages(r);
}

size_t reader_split(struct reader *r, size_t n)
{
	size_t each = r->records.size / n, *mark;

	if (each < PART_LEAST)
		each = PART_LEAST;
	r->parts.n = 0;
	vec_push(&r->parts, 0);
	/* A compressed record needs those before it. */
	vec_each(mark, &r->marks)
		if (!r->stream.blocks.n && r->parts.n < n &&
		    *mark - *vec_last(&r->parts) >= each)
			vec_push(&r->parts, *mark);
	vec_push(&r->parts, r->records.size);
	return r->parts.n - 1;
}

struct reader *reader_part(const struct reader *r, size_t i)
{
	size_t from = r->parts.items[i], to = r->parts.items[i + 1];
	struct reader *part = mem_new(1, sizeof(*part));

	*part = *r;
	part->is_part = true;
	part->records.at += from;
	part->records.size = to - from;
	memset(&part->samples, 0, sizeof(part->samples));
	for (size_t event = 0; event < r->events.n; event++)
		vec_push(&part->samples, 0);
	/* The last part ends as the whole does. */
	stream_init(&part->stream, r->data + part->records.at, to - from, r->swapped,
		    part->records.at,
		    i + 2 == r->parts.n && r->stream.claimed != r->records.size
			    ? 0
			    : to - from);
	reader_rewind(part);
	return part;
}

uint64_t reader_samples(const struct reader *r, size_t event)
{
	return r->samples.items[event];
}

/* The next record that is wanted, and the event that it belongs to. */
static int next_wanted(struct reader *r, struct stream_record *record, uint32_t *event,
		       struct error *err)
{
	int got;

	while ((got = stream_next(&r->stream, record, err)) > 0) {
		bool is_sample = record->type == PERF_RECORD_SAMPLE;

		if (r->stream.plain.at >= r->piece_end)
			end_piece(r);
		if (!is_sample && r->part == READER_SAMPLES)
			continue;
		*event = event_of_record(r, &record->bytes, record->type);
		r->samples.items[*event] += is_sample;
		if (!is_sample || r->part != READER_SIDE_BAND)
			break;
	}
	return got;
}

int reader_next(struct reader *r, struct event *ev, struct error *err)
{
	struct stream_record record;
	uint32_t event;
	int got = next_wanted(r, &record, &event, err);

	if (got <= 0)
		return got;
	ev->at = record.at;
	ev->event = event;
	if (decode_record(&r->events.items[event], &record.bytes, ev, err) < 0) {
		r->stream.ended = true;
		return -1;
	}
	if (ev->kind == EVENT_MMAP)
		add_build_id(r, &ev->mmap);
	return 1;
}
