/* Sections of call frame information, made by hand. */
#include "unwind/cfi.h"

#include "base/scoped.h"
#include "tests/test.h"
#include "tests/unwind/cfi_rows.h"

#include <elf.h>
#include <string.h>

enum { SECTION_MAX = 512 };

/* A section while it is written. */
struct section {
	uint8_t bytes[SECTION_MAX];
	size_t size, entry; /* the entry being written */
	bool is_wide;
};

static void put(struct section *s, const void *data, size_t size)
{
	assert_true(size <= SECTION_MAX - s->size);
	memcpy(s->bytes + s->size, data, size);
	s->size += size;
}

#define PUT(s, ...)                                                                      \
	put(s, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

static void put_word(struct section *s, uint64_t word, size_t size)
{
	put(s, &word, size);
}

/* Begins an entry, and returns its offset. */
static size_t entry_begin(struct section *s, uint64_t id)
{
	size_t at = s->size;

	if (s->is_wide)
		put_word(s, UINT32_MAX, 4);
	put_word(s, 0, s->is_wide ? 8 : 4);
	s->entry = s->size;
	put_word(s, id, s->is_wide ? 8 : 4);
	return at;
}

static void entry_end(struct section *s)
{
	uint64_t size = s->size - s->entry;
	size_t width = s->is_wide ? 8 : 4;

	memcpy(s->bytes + s->entry - width, &size, width);
}

/* Alignment of code 1, of data -8, return address 16; CFA is rsp + 8. */
#define CIE_FIELDS 1, 0x78, 16
#define CIE_RULE   DEF_CFA, 7, 8, OFFSET | 16, 1

static size_t put_debug_cie(struct section *s, uint8_t version, uint8_t segment_size)
{
	size_t at = entry_begin(s, UINT64_MAX);

	PUT(s, version, 0);
	if (version == 4)
		PUT(s, 8, segment_size);
	PUT(s, CIE_FIELDS, CIE_RULE);
	entry_end(s);
	return at;
}

static void put_debug_fde(struct section *s, size_t cie, uint64_t start)
{
	entry_begin(s, cie);
	put_word(s, start, 8);
	put_word(s, 0x10, 8);
	PUT(s, DEF_CFA_OFFSET, 16);
	entry_end(s);
}

static struct cfi *open_section(struct cfi *c, struct cfi_expressions *expressions,
				const struct section *s, bool is_eh)
{
	cfi_init(c, bytes_of(s->bytes, s->size), 0x2000, is_eh, EM_X86_64, expressions);
	return c;
}

static void test_debug_frame(void **state)
{
	struct cfi_rows *f = *state;

	for (int is_wide = 0; is_wide < 2; is_wide++)
		for (uint8_t version = 1; version <= 5; version++) {
			struct section s = {.is_wide = is_wide};
			struct cfi_frame frame;
			struct cfi c;
			bool is_known = version == 1 || version == 3 || version == 4;

			put_debug_fde(&s, put_debug_cie(&s, version, 0), START);
			open_section(&c, &f->expressions, &s, false);
			assert_int_equal(cfi_next(&c, &frame), is_known);
			if (!is_known)
				continue;
			assert_int_equal(frame.start, START);
			assert_int_equal(frame.end, START + 0x10);
			assert_int_equal(frame.context->start.head.cfa, 8);
			assert_int_equal(frame.context->start.head.ra, 16);
			assert_false(frame.context->start.head.is_signal);
			assert_false(cfi_next(&c, &frame));
		}
}

/* Segments have selectors in no program of ours. */
static void test_segments(void **state)
{
	struct cfi_rows *f = *state;
	struct section s = {0};
	struct cfi_frame frame;
	struct cfi c;

	put_debug_fde(&s, put_debug_cie(&s, 4, 2), START);
	assert_false(cfi_next(open_section(&c, &f->expressions, &s, false), &frame));
}

/* Each FDE has the context of its own CIE; damaged ones are passed. */
static void test_two_cies(void **state)
{
	struct cfi_rows *f = *state;
	struct section s = {0};
	struct cfi_frame frame;
	size_t first = put_debug_cie(&s, 1, 0), second = entry_begin(&s, UINT32_MAX);
	size_t last;
	struct cfi c;

	PUT(&s, 3, 0, CIE_FIELDS, DEF_CFA, 6, 32);
	entry_end(&s);
	put_debug_fde(&s, first, START);
	put_debug_fde(&s, second, START + 0x10);
	put_debug_fde(&s, first + 4, START + 0x20);
	last = s.size;
	put_debug_fde(&s, first, START + 0x30);
	open_section(&c, &f->expressions, &s, false);
	assert_true(cfi_next(&c, &frame));
	assert_int_equal(frame.context->start.head.cfa, 8);
	assert_true(cfi_next(&c, &frame));
	assert_int_equal(frame.context->start.head.cfa, 32);
	assert_true(cfi_next(&c, &frame));
	assert_int_equal(frame.start, START + 0x30);
	assert_int_equal(frame.at, last);
	assert_int_equal(frame.context->start.head.cfa, 8);
	assert_false(cfi_next(&c, &frame));
	assert_true(cfi_at(&c, last, &frame));
	assert_int_equal(frame.start, START + 0x30);
	assert_false(cfi_at(&c, first, &frame));
	assert_false(cfi_at(&c, s.size, &frame));
	assert_false(cfi_at(&c, s.size + 1, &frame));
}

/* .eh_frame: addresses relative to themselves, a personality, data of the language,
 * signals. */
static void test_eh_frame(void **state)
{
	struct cfi_rows *f = *state;
	struct section s = {0};
	struct cfi_frame frame;
	size_t cie, at;
	struct cfi c;

	cie = entry_begin(&s, 0);
	PUT(&s, 1, 'z', 'P', 'L', 'R', 'S', 0, CIE_FIELDS, 7, 0x9b, 1, 2, 3, 4, 0x1b,
	    0x1b, CIE_RULE);
	entry_end(&s);
	at = entry_begin(&s, s.size + 4 - cie);
	put_word(&s, (uint32_t)(START - (0x2000 + s.size)), 4);
	put_word(&s, 0x20, 4);
	PUT(&s, 4, 9, 9, 9, 9, DEF_CFA_OFFSET, 16);
	entry_end(&s);
	put_word(&s, 0, 4);
	open_section(&c, &f->expressions, &s, true);
	assert_true(cfi_next(&c, &frame));
	assert_int_equal(frame.at, at);
	assert_int_equal(frame.start, START);
	assert_int_equal(frame.end, START + 0x20);
	assert_true(frame.context->start.head.is_signal);
	cfi_program_init(&f->p, frame.context, frame.in, frame.start, frame.end);
	assert_true(cfi_rows_next(f));
	expect_row(f, START, START + 0x20);
	expect_cfa(f, 7, 16);
	expect_saved(f, 16, UNWIND_AT_CFA, -8);
}

/* Augmentations, encodings and return address registers that are unknown. */
static void test_unknown_cies(void **state)
{
	static const struct {
		char letters[4];
		uint8_t ra, encoding;
		bool is_known;
	} cases[] = {
		{"zR", 16, 0x1b, true},	 {"zR", 17, 0x1b, false}, {"zX", 16, 0x1b, false},
		{"eh", 16, 0x1b, false}, {"zR", 16, 0x2b, false}, {"zR", 16, 0x1f, false},
		{"zR", 16, 0x1c, true},
	};
	struct cfi_rows *f = *state;

	for (size_t i = 0; i < array_size(cases); i++) {
		struct section s = {0};
		struct cfi_frame frame;
		struct cfi c;

		entry_begin(&s, 0);
		PUT(&s, 1);
		put(&s, cases[i].letters, 3);
		PUT(&s, 1, 0x78, cases[i].ra, 1, cases[i].encoding, CIE_RULE);
		entry_end(&s);
		entry_begin(&s, s.size + 4);
		PUT(&s, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0);
		entry_end(&s);
		open_section(&c, &f->expressions, &s, true);
		assert_int_equal(cfi_next(&c, &frame), cases[i].is_known);
	}
}

/* No entry reaches over the end of the section. */
static void test_truncated(void **state)
{
	struct cfi_rows *f = *state;
	struct section s = {0};
	struct cfi_frame frame;
	struct cfi c;
	size_t n;

	put_debug_fde(&s, put_debug_cie(&s, 4, 0), START);
	for (n = s.size; s.size;) {
		s.size--;
		assert_false(
			cfi_next(open_section(&c, &f->expressions, &s, false), &frame));
	}
	s.size = n;
	assert_true(cfi_next(open_section(&c, &f->expressions, &s, false), &frame));
}

int main(void)
{
#define TEST(name)                                                                       \
	cmocka_unit_test_setup_teardown(name, cfi_rows_set_up, cfi_rows_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_debug_frame), TEST(test_segments),	 TEST(test_two_cies),
		TEST(test_eh_frame),	TEST(test_unknown_cies), TEST(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
