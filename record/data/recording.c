#include "record/data/recording.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/build_id_list.h"
#include "record/data/data_file.h"
#include "record/data/decode.h"
#include "record/data/features.h"
#include "record/data/file_header.h"
#include "record/data/format.h"
#include "record/data/join/deferred_chains.h"

#include <assert.h>

enum {
	/* Of all sections outside the records. Names take some MB. */
	SECTIONS_SIZE_MAX = 512 * 1024 * 1024,
};

/* A feature, by its bit, and the bytes of its section. */
struct feature_section {
	unsigned bit;
	struct bytes bytes;
};

struct recording {
	const uint8_t *data; /* NULL: 'file' has the bytes */
	struct data_file file;
	size_t size;
	struct arena sections; /* bytes that were read from the file */
	size_t sections_size;
	bool swapped;
	struct stream_source records;
	struct event_table events;
	VEC(struct feature_section) features;
	bool is_of_simpleperf;
	bool lacks_features; /* some sections are not in the file */
	bool is_finished;    /* as far as the header says */
	struct build_id_list build_ids;
	struct deferred_chains deferred;
	bool has_flame_section;
};

bool recording_is_start(const void *start, size_t size)
{
	return file_header_is_start(start, size);
}

/* The bytes of a section, valid as long as the recording. They have failed if they are
 * not in the file or cannot be read. */
static struct bytes section_bytes(struct recording *r, struct file_section s)
{
	struct bytes b = {(const uint8_t *)"", 0, 0, r->swapped, true};
	struct error ignored;
	uint8_t *copy;

	if (s.at > r->size || s.size > r->size - s.at)
		return b;
	if (r->data)
		return (struct bytes){r->data + s.at, s.size, 0, r->swapped, false};
	if (s.size > SECTIONS_SIZE_MAX - r->sections_size)
		return b;
	r->sections_size += s.size;
	copy = arena_take(&r->sections, s.size);
	if (data_file_read(&r->file, s.at, copy, s.size, &ignored) < 0)
		return b;
	return (struct bytes){copy, s.size, 0, r->swapped, false};
}

/* Likewise, of as much of the section as is in the file. */
static struct bytes section_start(struct recording *r, struct file_section s)
{
	if (s.at <= r->size && s.size > r->size - s.at)
		s.size = r->size - s.at;
	return section_bytes(r, s);
}

static int attrs_read(struct recording *r, struct file_section attrs, uint64_t entry_size,
		      struct error *err)
{
	struct bytes b = section_bytes(r, attrs);
	size_t left = r->size; /* more ids can only be the same ones again */

	if (entry_size < FORMAT_ATTR_SIZE_MIN + FORMAT_SECTION_SIZE ||
	    attrs.size < entry_size || attrs.size % entry_size != 0)
		return error_set(err, "its table of events is damaged");
	while (bytes_left(&b)) {
		struct bytes attr = bytes_sub(&b, entry_size - FORMAT_SECTION_SIZE);
		struct bytes ids = section_bytes(r, file_section_read(&b));

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

/* Adds the features of a table of sections at 'at', one for each bit that is set. Returns
 * whether all of them are in the file. */
static bool features_find(struct recording *r, uint64_t at, const uint64_t *feature_bits)
{
	struct file_section table = {at, 0};
	bool is_whole = true;
	struct bytes b;

	for (unsigned i = 0; i < FORMAT_FEATURE_BITS / 64; i++)
		table.size += FORMAT_SECTION_SIZE *
			      (unsigned)__builtin_popcountll(feature_bits[i]);
	b = section_start(r, table);
	for (unsigned bit = 0; bit < FORMAT_FEATURE_BITS; bit++) {
		struct feature_section feature = {.bit = bit};

		if (!(feature_bits[bit / 64] >> bit % 64 & 1))
			continue;
		feature.bytes = section_bytes(r, file_section_read(&b));
		if (b.failed || feature.bytes.failed)
			is_whole = false;
		else
			vec_push(&r->features, feature);
	}
	return is_whole;
}

/* The features that were known when the recording began; those of a finished recording
 * replace them. Damage means that there are none. */
static void start_features_find(struct recording *r, uint64_t at)
{
	enum { SIZE = FORMAT_MAGIC_SIZE + FORMAT_FEATURE_BITS / 8 };
	uint64_t bits[FORMAT_FEATURE_BITS / 64];
	struct bytes b = section_bytes(r, (struct file_section){at, SIZE});
	const void *magic = bytes_take(&b, FORMAT_MAGIC_SIZE);

	if (!magic || memcmp(magic, FORMAT_START_MAGIC, FORMAT_MAGIC_SIZE) != 0)
		return;
	for (size_t i = 0; i < array_size(bits); i++)
		bits[i] = bytes_u64(&b);
	features_find(r, at + SIZE, bits);
}

/* The features of a finished file are after the records. */
static void end_features_find(struct recording *r, const uint64_t *bits)
{
	uint64_t at = r->records.file_off + r->records.size;

	r->lacks_features = !features_find(r, at, bits);
	for (size_t i = 0; i < FORMAT_FEATURE_BITS / 64; i++)
		r->is_finished |= bits[i] != 0;
	r->is_finished &= r->records.claimed == r->records.size && !r->lacks_features;
}

static int header_read(struct recording *r, struct error *err)
{
	const struct file_section start = {0, FORMAT_HEADER_SIZE};
	struct file_header h;

	if (file_header_read(&h, section_start(r, start), err) < 0)
		return -1;
	if (h.records.at > r->size)
		return error_set(err, "it is truncated before its first record");
	r->records.data = r->data ? r->data + h.records.at : NULL;
	r->records.file_off = h.records.at;
	r->records.claimed = h.records.size;
	r->records.size = r->size - h.records.at;
	/* A recorder that was killed has not written the size. */
	if (h.records.size && h.records.size < r->records.size)
		r->records.size = h.records.size;
	start_features_find(r, h.start.at);
	end_features_find(r, h.features);
	return attrs_read(r, h.attrs, h.attr_size, err);
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

static void piped_feature_add(struct recording *r, unsigned bit, struct bytes b)
{
	uint8_t *copy = arena_take(&r->sections, b.size);

	b.data = memcpy(copy, b.data, b.size);
	vec_push(&r->features, ((struct feature_section){bit, b}));
}

static int piped_record_read(struct recording *r, const struct stream_record *record,
			     struct error *err)
{
	struct bytes body = record->bytes;

	bytes_skip(&body, FORMAT_RECORD_SIZE_MIN);
	if (record->type == FORMAT_RECORD_HEADER_ATTR)
		return piped_attr_read(r, body, err);
	if (record->type == FORMAT_RECORD_BUILD_ID)
		piped_feature_add(r, FORMAT_FEATURE_BUILD_ID, record->bytes);
	if (record->type == FORMAT_RECORD_HEADER_FEATURE) {
		unsigned bit = (unsigned)bytes_u64(&body);

		/* flame writes no recordings into pipes. */
		if (bit != FORMAT_FEATURE_FLAME)
			piped_feature_add(r, bit, body);
	}
	return 0;
}

/* In a recording from a pipe the parts of the header are records, mostly before all
 * others. */
static int piped_header_read(struct recording *r, struct error *err)
{
	scoped(stream_release) struct stream stream;
	struct stream_record record;
	struct error damage;

	r->records.data = r->data ? r->data + FORMAT_PIPE_HEADER_SIZE : NULL;
	r->records.file_off = FORMAT_PIPE_HEADER_SIZE;
	r->records.size = r->records.claimed = r->size - FORMAT_PIPE_HEADER_SIZE;
	r->is_finished = true;
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
				   .n_events = r->events.items.n,
				   .text = &r->sections};
	const struct feature_build_id *build_id;
	const struct feature_section *feature;

	vec_each(feature, &r->features) {
		features_read_events(&f, feature->bit, feature->bytes);
		r->has_flame_section |= feature->bit == FORMAT_FEATURE_FLAME;
		r->is_of_simpleperf |=
			feature->bit == FORMAT_FEATURE_SIMPLEPERF_META_INFO ||
			feature->bit == FORMAT_FEATURE_SIMPLEPERF_FILE;
	}
	vec_each(build_id, &f.build_ids)
		build_id_list_set(&r->build_ids, build_id);
	vec_release(&f.build_ids);
}

static void deferred_read(struct recording *r, const struct stream_record *record)
{
	uint64_t id = event_table_id(&r->events, record->bytes, record->type);
	uint32_t i = event_ids_find(&r->events.ids, id);
	struct bytes b = record->bytes;
	struct error ignored;
	struct event ev;

	if (decode_record(&r->events.items.items[i], &b, &ev, &ignored) == 0)
		deferred_chains_add(&r->deferred, b, ev.tid);
}

/* A sample's user part follows it, maybe far away: all are read before the first
 * sample. */
static void deferred_find(struct recording *r)
{
	scoped(stream_release) struct stream stream = {0};
	const struct decode_event *e;
	struct stream_record record;
	struct error ignored;
	bool is_deferred = false;

	vec_each(e, &r->events.items)
		is_deferred |= e->has_deferred_chains;
	if (!is_deferred)
		return;
	stream_init(&stream, &r->records);
	while (stream_next(&stream, &record, &ignored) > 0)
		if (record.type == FORMAT_RECORD_CALLCHAIN_DEFERRED)
			deferred_read(r, &record);
}

static int recording_begin(struct recording *r, struct error *err)
{
	struct bytes b =
		section_start(r, (struct file_section){0, FORMAT_PIPE_HEADER_SIZE});
	uint64_t size;

	if (!recording_is_start(b.data, b.size))
		return error_set(err, "it is not a recording");
	b.swapped = r->swapped = file_header_is_swapped(b);
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
	deferred_find(r);
	return 0;
}

static struct recording *recording_new(void)
{
	struct recording *r = mem_new(1, sizeof(*r));

	r->file.fd = -1;
	return r;
}

struct recording *recording_of_bytes(const void *data, size_t size, struct error *err)
{
	struct recording *r = recording_new();

	r->data = data;
	r->size = size;
	if (recording_begin(r, err) < 0)
		recording_close(&r);
	return r;
}

struct recording *recording_open(const char *path, struct error *err)
{
	struct recording *r = recording_new();
	struct error changed;

	if (data_file_open(&r->file, path, err) < 0) {
		recording_close(&r);
		return NULL;
	}
	r->size = r->file.state.size;
	r->records.file = &r->file;
	if (recording_begin(r, err) < 0) {
		if (recording_check(r, path, &changed) < 0)
			*err = changed;
		else
			error_while(err, "cannot read '%s'", path);
		recording_close(&r);
	}
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
	deferred_chains_release(&r->deferred);
	data_file_release(&r->file);
	arena_release(&r->sections);
	mem_free(r);
	*rp = NULL;
}

int recording_check(const struct recording *r, const char *path, struct error *err)
{
	return r->data ? 0 : file_state_check(&r->file.state, r->file.fd, path, err);
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

void recording_read_names(const struct recording *r, struct dso_table *dsos)
{
	const struct feature_section *feature;

	vec_each(feature, &r->features)
		features_read_names(dsos, feature->bit, feature->bytes);
}

uint64_t recording_size(const struct recording *r)
{
	return r->size;
}

int recording_read_bytes(const struct recording *r, uint64_t at, void *to, size_t size,
			 struct error *err)
{
	assert(at <= r->size && size <= r->size - at);
	if (!r->data)
		return data_file_read(&r->file, at, to, size, err);
	memcpy(to, r->data + at, size);
	return 0;
}

bool recording_is_finished(const struct recording *r)
{
	return r->is_finished;
}

uint64_t recording_whole_size(const struct recording *r, bool *is_cut)
{
	scoped(stream_release) struct stream stream;
	struct stream_record record;
	struct error ignored;
	uint64_t whole = 0;

	stream_init(&stream, &r->records);
	while (stream_next(&stream, &record, &ignored) > 0)
		if (!bytes_left(&stream.expanded))
			whole = stream_pos(&stream);
	*is_cut = stream_is_cut(&stream);
	return whole;
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

bool recording_is_of_simpleperf(const struct recording *r)
{
	return r->is_of_simpleperf;
}

const struct deferred_chains *recording_deferred(const struct recording *r)
{
	return &r->deferred;
}

const struct build_id *recording_build_id(const struct recording *r, const char *path,
					  size_t len, bool has_inode)
{
	/* flame's own section has the build id of each inode, and two files may have one
	 * path. */
	return has_inode && r->has_flame_section
		       ? NULL
		       : build_id_list_find(&r->build_ids, path, len);
}
