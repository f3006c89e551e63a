#include "record/data/recording.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/build_id_list.h"
#include "record/data/features.h"
#include "record/data/format.h"
#include "record/data/mapped_file.h"

#include <assert.h>
#include <linux/perf_event.h>
#include <sys/mman.h>

enum {
	DROP_ALIGN = 8 * 1024 * 1024,
	/* A recording with stack copies up to this size stays mapped for the second pass:
	 * touching its pages anew would take a tenth of the time that unwinding takes. */
	KEPT_SIZE_MAX = INT32_MAX,
};

struct section {
	uint64_t at, size;
};

/* A feature, by its bit, and the bytes of its section. */
struct feature_section {
	unsigned bit;
	struct bytes bytes;
};

struct recording {
	const uint8_t *data;
	size_t size;
	struct mapped_file file;
	bool is_mapped; /* 'file' holds the data */
	bool is_kept;	/* pages are never dropped */
	bool swapped;
	struct stream_source records;
	struct event_table events;
	VEC(struct feature_section) features;
	bool lacks_features; /* some sections are not in the file */
	struct build_id_list build_ids;
};

bool recording_is_start(const void *start, size_t size)
{
	return size >= FORMAT_MAGIC_SIZE &&
	       (memcmp(start, FORMAT_MAGIC, FORMAT_MAGIC_SIZE) == 0 ||
		memcmp(start, FORMAT_MAGIC_SWAPPED, FORMAT_MAGIC_SIZE) == 0);
}

static struct bytes section_bytes(const struct recording *r, struct section s)
{
	struct bytes b = {.data = r->data, .size = r->size, .swapped = r->swapped};

	if (s.at > r->size || s.size > r->size - s.at)
		b.failed = true;
	else
		b = (struct bytes){r->data + s.at, s.size, 0, r->swapped, false};
	return b;
}

static struct section section_read(struct bytes *b)
{
	struct section s = {.at = bytes_u64(b)};

	s.size = bytes_u64(b);
	return s;
}

static int attrs_read(struct recording *r, struct section attrs, uint64_t entry_size,
		      struct error *err)
{
	struct bytes b = section_bytes(r, attrs);
	size_t left = r->size; /* more ids can only be the same ones again */

	if (entry_size < FORMAT_ATTR_SIZE_MIN + FORMAT_SECTION_SIZE ||
	    attrs.size < entry_size || attrs.size % entry_size != 0)
		return error_set(err, "its table of events is damaged");
	while (bytes_left(&b)) {
		struct bytes attr = bytes_sub(&b, entry_size - FORMAT_SECTION_SIZE);
		struct bytes ids = section_bytes(r, section_read(&b));

		if (bytes_left(&ids) > left)
			ids.failed = true;
		left -= bytes_left(&ids);
		if (event_table_add(&r->events, &attr, ids, err) < 0)
			return -1;
	}
	if (b.failed)
		return error_set(err, "its table of events is truncated");
	return 0;
}

/* The features of a file: a table of sections after the records, one for each bit that is
 * set. */
static void features_find(struct recording *r, const uint64_t *feature_bits)
{
	uint64_t at = r->records.file_off + r->records.size;
	struct bytes b = section_bytes(r, (struct section){at, r->size - at});

	for (unsigned bit = 0; bit < FORMAT_FEATURE_BITS; bit++) {
		struct feature_section feature = {.bit = bit};

		if (!(feature_bits[bit / 64] >> bit % 64 & 1))
			continue;
		feature.bytes = section_bytes(r, section_read(&b));
		if (b.failed || feature.bytes.failed)
			r->lacks_features = true;
		else
			vec_push(&r->features, feature);
	}
}

static int header_read(struct recording *r, struct error *err)
{
	uint64_t feature_bits[FORMAT_FEATURE_BITS / 64], size, entry_size;
	struct bytes b = section_bytes(r, (struct section){0, r->size});
	struct section attrs, records;

	bytes_skip(&b, FORMAT_MAGIC_SIZE);
	size = bytes_u64(&b);
	entry_size = bytes_u64(&b);
	attrs = section_read(&b);
	records = section_read(&b);
	bytes_skip(&b, FORMAT_SECTION_SIZE); /* event types: perf wrote them before 3.0 */
	for (size_t i = 0; i < array_size(feature_bits); i++)
		feature_bits[i] = bytes_u64(&b);
	if (b.failed || size < FORMAT_HEADER_SIZE)
		return error_set(err, "its header is truncated");
	if (records.at > r->size)
		return error_set(err, "it is truncated before its first record");
	r->records.data = r->data + records.at;
	r->records.file_off = records.at;
	r->records.claimed = records.size;
	r->records.size = r->size - records.at;
	/* A recorder that was killed has not written the size. */
	if (records.size && records.size < r->records.size)
		r->records.size = records.size;
	features_find(r, feature_bits);
	return attrs_read(r, attrs, entry_size, err);
}

/* An attr among the records, followed by its ids. */
static int piped_attr_read(struct recording *r, struct bytes b, struct error *err)
{
	struct bytes peek = b, attr;
	uint32_t size;

	bytes_skip(&peek, 4);
	size = bytes_u32(&peek);
	attr = bytes_sub(&b, size < FORMAT_ATTR_SIZE_MIN ? FORMAT_ATTR_SIZE_MIN : size);
	return event_table_add(&r->events, &attr, b, err);
}

static int piped_record_read(struct recording *r, const struct stream_record *record,
			     struct error *err)
{
	struct bytes body = record->bytes;

	bytes_skip(&body, FORMAT_RECORD_SIZE_MIN);
	if (record->type == FORMAT_RECORD_HEADER_ATTR)
		return piped_attr_read(r, body, err);
	if (record->type == FORMAT_RECORD_BUILD_ID)
		vec_push(&r->features, ((struct feature_section){FORMAT_FEATURE_BUILD_ID,
								 record->bytes}));
	if (record->type == FORMAT_RECORD_HEADER_FEATURE) {
		unsigned bit = (unsigned)bytes_u64(&body);

		/* flame writes no recordings into pipes. */
		if (bit != FORMAT_FEATURE_FLAME)
			vec_push(&r->features, ((struct feature_section){bit, body}));
	}
	return 0;
}

/* In a recording from a pipe the parts of the header are records, mostly before all
 * others. */
static int piped_header_read(struct recording *r, struct error *err)
{
	struct stream_record record;
	struct stream stream;
	struct error damage;

	r->records.data = r->data + FORMAT_PIPE_HEADER_SIZE;
	r->records.file_off = FORMAT_PIPE_HEADER_SIZE;
	r->records.size = r->records.claimed = r->size - FORMAT_PIPE_HEADER_SIZE;
	r->records.blocks = block_cache_new(r->records.size);
	stream_init(&stream, &r->records);
	/* A cursor will report damage. */
	while (stream_next(&stream, &record, &damage) > 0)
		if (piped_record_read(r, &record, err) < 0)
			return -1;
	if (!r->events.items.n)
		return error_set(err, "it has no event");
	return 0;
}

/* The names of the events, and the build ids of files. */
static void events_complete(struct recording *r)
{
	struct event_features f = {.events = r->events.items.items,
				   .n_events = r->events.items.n};
	const struct feature_build_id *build_id;
	const struct feature_section *feature;

	vec_each(feature, &r->features)
		features_read_events(&f, feature->bit, feature->bytes);
	vec_each(build_id, &f.build_ids)
		build_id_list_set(&r->build_ids, build_id);
	vec_release(&f.build_ids);
}

static int recording_begin(struct recording *r, struct error *err)
{
	struct bytes b = bytes_of(r->data, r->size);
	uint64_t size;

	if (!recording_is_start(r->data, r->size))
		return error_set(err, "it is not a recording");
	b.swapped = r->swapped = memcmp(r->data, FORMAT_MAGIC, FORMAT_MAGIC_SIZE) != 0;
	r->records.swapped = r->swapped;
	bytes_skip(&b, FORMAT_MAGIC_SIZE);
	size = bytes_u64(&b);
	if (b.failed)
		return error_set(err, "its header is truncated");
	if ((size == FORMAT_PIPE_HEADER_SIZE ? piped_header_read(r, err)
					     : header_read(r, err)) < 0)
		return -1;
	if (!r->records.blocks)
		r->records.blocks = block_cache_new(r->records.size);
	events_complete(r);
	return 0;
}

struct recording *recording_of_bytes(const void *data, size_t size, struct error *err)
{
	struct recording *r = mem_new(1, sizeof(*r));

	r->data = data;
	r->size = size;
	if (recording_begin(r, err) < 0)
		recording_close(&r);
	return r;
}

static bool has_stacks(const struct recording *r)
{
	const struct decode_event *e;
	uint64_t has = 0;

	vec_each(e, &r->events.items)
		has |= e->sample_type & PERF_SAMPLE_STACK_USER;
	return has;
}

struct recording *recording_open(const char *path, struct error *err)
{
	struct mapped_file file;
	struct recording *r;

	if (mapped_file_open(&file, path, err) < 0)
		return NULL;
	r = recording_of_bytes(file.data, file.size, err);
	if (!r) {
		mapped_file_release(&file);
		error_while(err, "cannot read '%s'", path);
		return NULL;
	}
	r->is_mapped = true;
	r->is_kept = file.size <= KEPT_SIZE_MAX && has_stacks(r);
	r->file = file;
	return r;
}

void recording_close(struct recording **rp)
{
	struct recording *r = *rp;

	if (!r)
		return;
	block_cache_free(&r->records.blocks);
	event_table_release(&r->events);
	vec_release(&r->features);
	build_id_list_release(&r->build_ids);
	if (r->is_mapped)
		mapped_file_release(&r->file);
	mem_free(r);
	*rp = NULL;
}

int recording_read_info(const struct recording *r, struct run_info *info,
			struct dso_table *dsos, struct error *err)
{
	const struct feature_section *feature;
	int result = 0;

	if (r->lacks_features)
		result = error_set(err,
				   "the recording is incomplete: the names and metadata "
				   "at its end are missing");
	vec_each(feature, &r->features)
		if (features_read_info(info, dsos, feature->bit, feature->bytes, err) < 0)
			result = -1;
	return result;
}

const void *recording_bytes(const struct recording *r, size_t *size)
{
	*size = r->size;
	return r->data;
}

const struct decode_event *recording_events(const struct recording *r, size_t *n)
{
	*n = r->events.items.n;
	return r->events.items.items;
}

bool recording_is_swapped(const struct recording *r)
{
	return r->swapped;
}

const struct stream_source *recording_records(const struct recording *r)
{
	return &r->records;
}

const struct event_table *recording_table(const struct recording *r)
{
	return &r->events;
}

const struct build_id *recording_build_id(const struct recording *r, const char *path,
					  size_t len)
{
	return build_id_list_find(&r->build_ids, path, len);
}

void recording_drop_pages(const struct recording *r, size_t from, size_t to)
{
	size_t first = r->records.file_off + from, last = r->records.file_off + to;

	assert(from <= to && to <= r->records.size);
	first &= ~(size_t)(DROP_ALIGN - 1);
	last &= ~(size_t)(DROP_ALIGN - 1);
	if (r->is_mapped && !r->is_kept && first < last)
		madvise((void *)(r->data + first), last - first, MADV_DONTNEED);
}
