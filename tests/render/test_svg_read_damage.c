/* Pictures that are damaged, or that another version wrote. */
#include "render/data/svg_read.h"

#include "base/deflate.h"
#include "base/scoped.h"
#include "render/data/base91.h"
#include "render/data/svg_data.h"
#include "render/data/varint.h"
#include "tests/render/stacks.h"
#include "tests/test.h"

#include <string.h>

/* The result of svg_read() for a document with that data. */
static int read_data(const char *data, size_t size, struct error *err)
{
	scoped(out_free) struct out *o = out_memory();
	struct run_info c = {0};
	struct timeline t = {0};
	struct profile p;
	int result;

	out_str(o, "<?xml version=\"1.0\"?><metadata id=\"data\">");
	out_write(o, data, size);
	out_str(o, "</metadata>");
	profile_init(&p);
	result = svg_read(&p, &t, &c, out_data(o), out_pos(o), err);
	profile_release(&p);
	timeline_release(&t);
	run_info_release(&c);
	return result;
}

/* The document with the data of 'plain' bytes, as read by read_data(). */
static int read_plain(const struct out *plain, struct error *err)
{
	scoped(out_free) struct out *packed = out_memory(), *text = out_memory();
	size_t size;
	scoped(mem_release) void *deflated =
		deflate_pack(out_data(plain), out_pos(plain), &size);

	varint_write(packed, out_pos(plain));
	out_write(packed, deflated, size);
	out_char(text, SVG_DATA_VERSION);
	base91_write(text, out_data(packed), out_pos(packed));
	return read_data(out_data(text), out_pos(text), err);
}

static void put_text(struct out *o, const char *text)
{
	varint_write(o, strlen(text));
	out_str(o, text);
}

/* The numbers of a picture's data, one by one as docs/picture-format.md has them;
 * texts between them. A test changes one of them. */
enum field {
	FLAGS,
	TEXTS_SIZE,
	N_FACTS,
	OBJECTS,
	NAMES,
	OBJECT_OF_A,
	OBJECT_OF_B,
	ATTRIBUTES_OF_A,
	ATTRIBUTES_OF_B,
	N_NODES,
	CALL_1,
	CALL_2,
	CALL_3,
	ROOT_CALLEES,
	FIRST_CALLEE,
	SECOND_CALLEE,
	COUNT_ZEROS,
	COUNT,
	COUNT_ZEROS_AT_END,
	USUAL_WEIGHT,
	WEIGHT_ZEROS,
	N_SLICES,
	SLICE_WIDTH,
	IDLE_0,
	IDLE_1,
	NUMBER_ZEROS,
	SLICE_OF_1,
	SLICE_OF_3_A,
	SLICE_OF_3_B,
	COUNT_IN_1,
	COUNT_IN_3_A,
	COUNT_IN_3_B,
	FIELDS,
};

/* Two frames: "a" in the object "o", and "b". The tree: a calls b; the root calls a
 * and b. */
static const uint64_t good[FIELDS] = {
	[FLAGS] = SVG_DATA_WEIGHTS | SVG_DATA_TIMES,
	[OBJECT_OF_A] = 1,
	[ATTRIBUTES_OF_A] = FRAME_USER,
	[ATTRIBUTES_OF_B] = FRAME_KERNEL | SVG_DATA_INLINED,
	[N_NODES] = 3,
	[CALL_1] = 0 << 2 | 1,
	[CALL_2] = 0 << 2 | 0,
	[CALL_3] = 0 << 2 | 0,
	[ROOT_CALLEES] = 2,
	[COUNT_ZEROS] =
		3, /* those of the root, of a and of its b: no sample, none and one */
	[COUNT] = 2,
	[USUAL_WEIGHT] = 5,
	[WEIGHT_ZEROS] = 4,
	[N_SLICES] = 2,
	[SLICE_WIDTH] = 10,
	[NUMBER_ZEROS] = 4,
	[SLICE_OF_1] = 1,
	[SLICE_OF_3_B] = 1,
};

static void put_fields(struct out *o, const uint64_t *fields)
{
	for (enum field i = 0; i < FIELDS; i++) {
		if (i == ATTRIBUTES_OF_A || i == ATTRIBUTES_OF_B)
			out_char(o, (char)fields[i]);
		else if (i == OBJECTS)
			put_text(o, "o\n");
		else if (i == NAMES)
			put_text(o, "a\nb\n");
		else if (i == SECOND_CALLEE)
			/* The root calls b, which a has called before: its number + 1. */
			varint_write(o, 0), varint_write(o, fields[i] + 2);
		else
			varint_write(o, fields[i]);
	}
}

static int read_fields(const uint64_t *fields, struct error *err)
{
	scoped(out_free) struct out *o = out_memory();

	put_fields(o, fields);
	return read_plain(o, err);
}

static const struct {
	enum field field;
	uint64_t value;
} bad_fields[] = {
	{FLAGS, 0}, /* bytes are left over */
	{TEXTS_SIZE, UINT64_MAX},
	{TEXTS_SIZE, 4}, /* no newline at the end */
	{N_FACTS, UINT64_MAX},
	{OBJECT_OF_A, 2},
	{ATTRIBUTES_OF_B, FRAME_KINDS},
	{N_NODES, 1},
	{N_NODES, 2},
	{N_NODES, 4},
	{N_NODES, 10000001},
	{N_NODES, UINT64_MAX},
	{CALL_1, 0},	      /* more nodes than callees */
	{CALL_1, 2},	      /* fewer */
	{CALL_1, 1 << 2 | 1}, /* the root has no callee yet */
	{CALL_3, 2 << 2},     /* it has one */
	{CALL_3, UINT64_MAX << 2},
	{ROOT_CALLEES, 0},
	{ROOT_CALLEES, 1},
	{ROOT_CALLEES, 3},
	{ROOT_CALLEES, UINT64_MAX},
	{ROOT_CALLEES, (UINT64_C(1) << 32) + 2},
	{FIRST_CALLEE, 1}, /* no frame is in use yet */
	{SECOND_CALLEE, 1},
	{SECOND_CALLEE, UINT64_MAX - 2},
	{COUNT_ZEROS, 4},
	{COUNT_ZEROS, UINT64_MAX},
	{COUNT_ZEROS_AT_END, 1},
	{WEIGHT_ZEROS, 5},
	{WEIGHT_ZEROS, 3},
	{N_SLICES, UINT16_MAX + 2},
	{N_SLICES, UINT64_MAX},
	{NUMBER_ZEROS, 3},
	{NUMBER_ZEROS, 5},
	{SLICE_OF_1, 2},
	{SLICE_OF_1, UINT64_MAX},
	{SLICE_OF_3_B, 0}, /* twice the same */
	{SLICE_OF_3_B, 2},
};

static void every_field_is_checked(void **state)
{
	struct error err = {0};
	uint64_t fields[FIELDS];

	(void)state;
	if (read_fields(good, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < array_size(bad_fields); i++) {
		memcpy(fields, good, sizeof(fields));
		fields[bad_fields[i].field] = bad_fields[i].value;
		if (!read_fields(fields, &err))
			fail_msg("%zu is not refused", i);
	}
}

/* Each of the data's bytes may be missing at the end. */
static void truncated_data_is_refused(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	struct error err;

	(void)state;
	put_fields(o, good);
	for (size_t size = 0; size < out_pos(o); size++) {
		scoped(out_free) struct out *part = out_memory();

		out_write(part, out_data(o), size);
		assert_int_equal(read_plain(part, &err), -1);
	}
}

/* A few characters that inflate to more than a reader takes, or promise to. */
static void bombs_are_refused(void **state)
{
	enum { SIZE = SVG_DATA_SIZE_MAX + 1 };
	static const uint64_t sizes[] = {SIZE, 1 << 20, 0, UINT64_MAX};
	scoped(mem_release) void *zeros = mem_new(SIZE, 1);
	size_t size;
	scoped(mem_release) void *deflated = deflate_pack(zeros, SIZE, &size);
	struct error err;

	(void)state;
	for (size_t i = 0; i < array_size(sizes); i++) {
		scoped(out_free) struct out *packed = out_memory(), *text = out_memory();

		varint_write(packed, sizes[i]);
		out_write(packed, deflated, size);
		out_char(text, SVG_DATA_VERSION);
		base91_write(text, out_data(packed), out_pos(packed));
		assert_int_equal(read_data(out_data(text), out_pos(text), &err), -1);
	}
}

/* A later flame may write more metadata: here an eighth text and a fifteenth number. */
static void unknown_metadata_is_skipped(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	struct error err;

	(void)state;
	varint_write(o, 0);
	put_text(o, "h\n\n\n\n\n\n\nx\n");
	varint_write(o, 15);
	for (uint64_t i = 1; i <= 15; i++)
		varint_write(o, i);
	put_text(o, "");
	put_text(o, "");
	varint_write(o, 0); /* nodes */
	varint_write(o, 0); /* callees of the root */
	varint_write(o, 1); /* its count, in a column of one */
	assert_int_equal(read_plain(o, &err), 0);
}

static void unknown_versions_are_named(void **state)
{
	static const char *const versions[][2] = {{"2!!", "version '2'"},
						  {"AQAA", "version 'A'"},
						  {"4", "version '4'"},
						  {"\x01", "version '?'"}};
	struct error err;

	(void)state;
	for (size_t i = 0; i < array_size(versions); i++) {
		assert_int_equal(read_data(versions[i][0], strlen(versions[i][0]), &err),
				 -1);
		assert_non_null(strstr(err.text, versions[i][1]));
		assert_null(strchr(err.text, '\n'));
	}
}

/* Truncated, or with any other character in it. */
static void damaged_pictures_are_refused(void **state)
{
	static const char tag[] = "<metadata id=\"data\">";
	struct run_info c = stacks_all_facts();
	struct profile p;
	struct error err;
	char *data;
	size_t size;

	(void)state;
	stacks_profile(&p, stacks_of_all_kinds);
	scoped(out_free) struct out *o = stacks_picture(&p, &c);
	data = strstr(out_data(o), tag) + strlen(tag);
	size = (size_t)(strchr(data, '<') - data);
	assert_int_equal(read_data(data, size, &err), 0);
	for (size_t i = 1; i < size; i++) {
		char here = data[i];

		assert_int_equal(read_data(data, i, &err), -1);
		data[i] = here == '~' ? '!' : '~';
		assert_int_equal(read_data(data, size, &err), -1);
		data[i] = ' ';
		assert_int_equal(read_data(data, size, &err), -1);
		data[i] = here;
	}
	profile_release(&p);
}

static void other_documents_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"<?xml version=\"1.0\"?><svg></svg>",
		"<?xml ?><metadata id=\"data\">AQAA</metadata>",
		"<?xml ?><metadata id=\"data\">3!!!!!",
		"<?xml ?><metadata id=\"data\">3</metadata>",
		"<?xml ?><metadata id=\"data\">?</metadata>",
		"<?xml ?><metadata id=\"data\"></metadata>"};
	struct run_info c = {0};
	struct profile p;
	struct error err;

	(void)state;
	profile_init(&p);
	for (size_t i = 0; i < array_size(texts); i++)
		assert_int_equal(svg_read(&p, NULL, &c, texts[i], strlen(texts[i]), &err),
				 -1);
	assert_false(svg_knows("<?xml", 5));
	assert_false(svg_knows("<svg id='1'>", 12));
	profile_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_checked),
		cmocka_unit_test(truncated_data_is_refused),
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(unknown_metadata_is_skipped),
		cmocka_unit_test(unknown_versions_are_named),
		cmocka_unit_test(damaged_pictures_are_refused),
		cmocka_unit_test(other_documents_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
