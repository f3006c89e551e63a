/* The identity of files in recordings: device and inode in the mappings, build ids in a
 * list for perf. */
#include "base/narrow.h"
#include "base/scoped.h"
#include "record/data/decode.h"
#include "record/data/encode.h"
#include "record/data/features.h"
#include "record/data/format.h"
#include "tests/test.h"

#include <linux/perf_event.h>
#include <string.h>

static const struct event_specs no_specs;

static void mmap_event_init(struct event *ev)
{
	*ev = (struct event){
		.kind = EVENT_MMAP,
		.pid = 42,
		.tid = 42,
		.mmap = {.addr = 0x400000,
			 .len = 0x1000,
			 .major = 8,
			 .minor = 1,
			 .inode = 77,
			 .generation = 5,
			 .build_id = {20, {1, 2, 3}},
			 .path = "/bin/program",
			 .is_exec = true},
	};
}

static void decode_check(const void *record, size_t size)
{
	const struct decode_event format = {0};
	struct bytes b = bytes_of(record, size);
	struct event ev;
	struct error err;

	assert_int_equal(decode_record(&format, &b, &ev, &err), 0);
	assert_int_equal(ev.mmap.major, 8);
	assert_int_equal(ev.mmap.minor, 1);
	assert_int_equal(ev.mmap.inode, 77);
	assert_int_equal(ev.mmap.generation, 5);
	assert_int_equal(ev.mmap.build_id.size, 0);
}

static uint16_t misc_of(const void *record)
{
	struct perf_event_header header;

	memcpy(&header, record, sizeof(header));
	return header.misc;
}

/* A record has room for one of the two. */
static void an_inode_is_stored_before_a_build_id(void **state)
{
	const struct sample_layout layout = sample_layout_of(0, false);
	uint8_t record[ENCODE_SIZE_MAX];
	struct event ev;
	size_t size;

	(void)state;
	mmap_event_init(&ev);
	size = encode_event(record, &layout, &ev);
	assert_int_equal(misc_of(record) & FORMAT_MISC_MMAP_BUILD_ID, 0);
	decode_check(record, size);
}

/* The kernel sets it for another recorder, in the records of all. */
static void the_mark_of_other_recorders_is_removed(void **state)
{
	const struct sample_layout layout = sample_layout_of(0, false);
	uint8_t record[ENCODE_SIZE_MAX], own[ENCODE_SIZE_MAX];
	struct perf_event_header header;
	const void *stored;
	struct event ev;
	size_t size;

	(void)state;
	mmap_event_init(&ev);
	size = encode_event(record, &layout, &ev);
	assert_ptr_equal(encode_own_identity(own, record, size), record);
	memcpy(&header, record, sizeof(header));
	header.misc |= FORMAT_MISC_MMAP_BUILD_ID;
	memcpy(record, &header, sizeof(header));
	stored = encode_own_identity(own, record, size);
	assert_ptr_equal(stored, own);
	assert_int_equal(misc_of(stored) & FORMAT_MISC_MMAP_BUILD_ID, 0);
	decode_check(stored, size);
	/* The same bit means something else there. */
	header.type = PERF_RECORD_COMM;
	memcpy(record, &header, sizeof(header));
	assert_ptr_equal(encode_own_identity(own, record, size), record);
}

/* The recorder counts the versions of a file in the upper half of the generation. */
static void a_version_is_stored(void **state)
{
	const struct sample_layout layout = sample_layout_of(0, false);
	const struct decode_event format = {0};
	uint8_t record[ENCODE_SIZE_MAX], own[ENCODE_SIZE_MAX];
	struct event ev, stored;
	struct error err;
	struct bytes b;
	size_t size;

	(void)state;
	mmap_event_init(&ev);
	size = encode_event(record, &layout, &ev);
	ev.type = PERF_RECORD_MMAP2;
	assert_ptr_equal(encode_generation(own, record, size, &ev), record);
	ev.mmap.generation |= (uint64_t)3 << 32;
	b = bytes_of(encode_generation(own, record, size, &ev), size);
	assert_ptr_equal(b.data, own);
	assert_int_equal(decode_record(&format, &b, &stored, &err), 0);
	assert_int_equal(stored.mmap.generation, ev.mmap.generation);
	assert_int_equal(stored.mmap.inode, 77);
	assert_string_equal(stored.mmap.path, "/bin/program");
}

static void dso_make(struct dso_table *t, const char *path, enum dso_kind kind,
		     uint8_t id_size, bool is_hit)
{
	const struct dso like = {.kind = kind,
				 .path = strtab_add(t->strings, path),
				 .inode = t->items.n + 1,
				 .build_id = {id_size, {narrow_u8(t->items.n + 1)}}};

	dso_at(t, dso_add(t, &like))->resolved = is_hit;
}

static struct bytes build_ids_section(const struct out *out)
{
	uint64_t section[2];

	/* The first of the table, which is all that 'out' has behind a header. */
	memcpy(section, out_data(out) + FORMAT_HEADER_SIZE, sizeof(section));
	assert_true(section[0] + section[1] <= out_pos(out));
	return bytes_of(out_data(out) + section[0], section[1]);
}

static void build_ids_of_hit_files_are_listed(void **state)
{
	static const uint8_t header[FORMAT_HEADER_SIZE] = {0};
	scoped(out_free) struct out *out = out_memory();
	const struct run_info info = {0};
	struct event_features f = {0};
	struct dso_table dsos;
	struct strtab strings;

	(void)state;
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	dso_make(&dsos, "/bin/hit", DSO_FILE, 20, true);
	dso_make(&dsos, "/bin/other", DSO_FILE, 20, false);
	dso_make(&dsos, "/bin/without", DSO_FILE, 0, true);
	dso_make(&dsos, "[kernel.kallsyms]_text", DSO_KERNEL, 16, true);
	dso_make(&dsos, "//anon", DSO_ANON, 20, true);
	out_write(out, header, sizeof(header));
	features_write(out, &(struct feature_contents){
				    .info = &info, .dsos = &dsos, .specs = &no_specs});
	assert_true((uint8_t)out_data(out)[FORMAT_HEADER_FEATURES_AT] &
		    1 << FORMAT_FEATURE_BUILD_ID);
	features_read_events(&f, FORMAT_FEATURE_BUILD_ID, build_ids_section(out));
	assert_int_equal(f.build_ids.n, 2);
	assert_string_equal(f.build_ids.items[0].path, "/bin/hit");
	assert_int_equal(f.build_ids.items[0].build_id.size, 20);
	assert_int_equal(f.build_ids.items[0].build_id.data[0], 1);
	assert_string_equal(f.build_ids.items[1].path, "[kernel.kallsyms]");
	assert_int_equal(f.build_ids.items[1].build_id.size, 16);
	vec_release(&f.build_ids);
	dso_table_release(&dsos);
	strtab_release(&strings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_inode_is_stored_before_a_build_id),
		cmocka_unit_test(the_mark_of_other_recorders_is_removed),
		cmocka_unit_test(a_version_is_stored),
		cmocka_unit_test(build_ids_of_hit_files_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
