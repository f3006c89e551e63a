/* Call frame information made by hand: single instructions, and the entries around them. */
#include "unwind/cfi.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <elf.h>
#include <string.h>

enum { SECTION_MAX = 512, START = 0x1000, END = 0x1100, DATA_ALIGN = -8, STEPS = 1000 };

/* DW_CFA_* of DWARF 5, 7.24. */
enum {
	ADVANCE = 0x40,
	OFFSET = 0x80,
	RESTORE = 0xc0,
	ADVANCE_1 = 0x02,
	ADVANCE_2 = 0x03,
	ADVANCE_4 = 0x04,
	OFFSET_EXTENDED = 0x05,
	RESTORE_EXTENDED = 0x06,
	UNDEFINED = 0x07,
	SAME_VALUE = 0x08,
	REGISTER = 0x09,
	REMEMBER = 0x0a,
	RESTORE_STATE = 0x0b,
	DEF_CFA = 0x0c,
	DEF_CFA_REGISTER = 0x0d,
	DEF_CFA_OFFSET = 0x0e,
	DEF_CFA_EXPRESSION = 0x0f,
	EXPRESSION = 0x10,
	OFFSET_SF = 0x11,
	DEF_CFA_SF = 0x12,
	DEF_CFA_OFFSET_SF = 0x13,
	VAL_OFFSET = 0x14,
	VAL_OFFSET_SF = 0x15,
	VAL_EXPRESSION = 0x16,
	ARGS_SIZE = 0x2e,
	NEGATIVE_OFFSET = 0x2f,
};

struct fixture {
	struct cfi_expressions expressions;
	struct cfi_context context;
	uint64_t steps;
	struct cfi_program p;
	uint64_t start, end;
};

static int setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	*state = f;
	f->steps = STEPS;
	f->context = (struct cfi_context){
		.code_align = 1,
		.data_align = DATA_ALIGN,
		.regs = UNWIND_X86_IP + 1,
		.start = {.head = {.cfa = 8, .cfa_reg = 7, .ra = 16, .n = 1},
			  .saved = {{16, UNWIND_AT_CFA, -8}}},
		.expressions = &f->expressions,
		.steps_left = &f->steps,
	};
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cfi_expressions_release(&f->expressions);
	mem_free(f);
	return 0;
}

static bool next(struct fixture *f)
{
	return cfi_program_next(&f->p, &f->start, &f->end);
}

static void begin(struct fixture *f, const void *program, size_t size)
{
	cfi_program_init(&f->p, &f->context, bytes_of(program, size), START, END);
}

/* Executes up to the end of the first row. */
#define RUN(f, ...)                                                                      \
	(begin(f, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})),     \
	 next(f))

static const struct unwind_saved *saved(const struct fixture *f, unsigned reg)
{
	for (unsigned i = 0; i < f->p.rule.head.n; i++)
		if (f->p.rule.saved[i].reg == reg)
			return &f->p.rule.saved[i];
	return NULL;
}

static void expect_saved(const struct fixture *f, unsigned reg, enum unwind_how how,
			 int32_t value)
{
	const struct unwind_saved *s = saved(f, reg);

	assert_non_null(s);
	assert_int_equal(s->how, how);
	assert_int_equal(s->value, value);
}

static void expect_row(const struct fixture *f, uint64_t start, uint64_t end)
{
	assert_int_equal(f->start, start);
	assert_int_equal(f->end, end);
}

static void expect_cfa(const struct fixture *f, unsigned reg, int32_t offset)
{
	assert_int_equal(f->p.rule.head.cfa_reg, reg);
	assert_int_equal(f->p.rule.head.cfa, offset);
}

static void test_rows(void **state)
{
	static const uint8_t program[] = {
		ADVANCE | 4, DEF_CFA_OFFSET, 16, ADVANCE_1, 0x20, ADVANCE_2, 0x10,
		0,	     0x0e,	     24, ADVANCE_4, 0xff, 0xff,	     0,
		0,	     0x0e,	     32};
	struct fixture *f = *state;

	begin(f, program, sizeof(program));
	assert_true(next(f));
	expect_row(f, START, START + 4);
	expect_cfa(f, 7, 8);
	assert_true(next(f));
	expect_row(f, START + 4, START + 0x24);
	expect_cfa(f, 7, 16);
	assert_true(next(f));
	expect_row(f, START + 0x24, START + 0x34);
	/* The last one does not go on after the code. */
	assert_true(next(f));
	expect_row(f, START + 0x34, END);
	expect_cfa(f, 7, 24);
	assert_false(next(f));
}

static void test_code_align(void **state)
{
	struct fixture *f = *state;

	f->context.code_align = 4;
	assert_true(RUN(f, ADVANCE | 3));
	expect_row(f, START, START + 12);
	f->context.code_align = UINT64_MAX;
	assert_true(RUN(f, ADVANCE | 3));
	expect_row(f, START, END);
	f->context.code_align = UINT64_MAX - START;
	assert_true(RUN(f, ADVANCE | 1));
	expect_row(f, START, END);
}

static void test_cfa(void **state)
{
	struct fixture *f = *state;

	assert_true(RUN(f, DEF_CFA, 6, 16));
	expect_cfa(f, 6, 16);
	assert_true(RUN(f, DEF_CFA_SF, 6, 0x7e));
	expect_cfa(f, 6, 16);
	assert_true(RUN(f, DEF_CFA_REGISTER, 3));
	expect_cfa(f, 3, 8);
	assert_true(RUN(f, DEF_CFA_OFFSET, 0x80, 1));
	expect_cfa(f, 7, 128);
	assert_true(RUN(f, DEF_CFA_OFFSET_SF, 2));
	expect_cfa(f, 7, -16);
	assert_true(RUN(f, DEF_CFA_EXPRESSION, 2, 0x77, 8));
	expect_cfa(f, UNWIND_NO_REG, 0);
	assert_true(RUN(f, DEF_CFA, UNWIND_REGS - 1, 8));
	assert_false(RUN(f, DEF_CFA, UNWIND_REGS, 8));
	assert_false(RUN(f, DEF_CFA_REGISTER, 0x87, 2));
	/* Offsets of more than 32 bits. */
	assert_false(RUN(f, DEF_CFA_OFFSET, 0x80, 0x80, 0x80, 0x80, 0x08));
	assert_true(RUN(f, DEF_CFA_OFFSET, 0xff, 0xff, 0xff, 0xff, 0x07));
	f->context.data_align = INT64_MAX;
	assert_false(RUN(f, DEF_CFA_OFFSET_SF, 2));
}

static void test_registers(void **state)
{
	struct fixture *f = *state;

	assert_true(RUN(f, OFFSET | 6, 2, OFFSET_EXTENDED, 3, 3, OFFSET_SF, 12, 0x7e,
			NEGATIVE_OFFSET, 13, 5));
	expect_saved(f, 6, UNWIND_AT_CFA, -16);
	expect_saved(f, 3, UNWIND_AT_CFA, -24);
	expect_saved(f, 12, UNWIND_AT_CFA, 16);
	expect_saved(f, 13, UNWIND_AT_CFA, 40);
	expect_saved(f, 16, UNWIND_AT_CFA, -8);
	assert_int_equal(f->p.rule.head.n, 5);
	for (unsigned i = 1; i < f->p.rule.head.n; i++)
		assert_true(f->p.rule.saved[i - 1].reg < f->p.rule.saved[i].reg);
	assert_true(RUN(f, VAL_OFFSET, 6, 2, VAL_OFFSET_SF, 3, 0x7e, REGISTER, 12, 1,
			UNDEFINED, 16));
	expect_saved(f, 6, UNWIND_CFA, -16);
	expect_saved(f, 3, UNWIND_CFA, 16);
	expect_saved(f, 12, UNWIND_REGISTER, 1);
	expect_saved(f, 16, UNWIND_UNDEFINED, 0);
	/* Again, in another way. */
	assert_true(RUN(f, OFFSET | 6, 2, OFFSET | 6, 4));
	expect_saved(f, 6, UNWIND_AT_CFA, -32);
	assert_int_equal(f->p.rule.head.n, 2);
	/* Vector registers are of no use. */
	assert_true(RUN(f, OFFSET | 17, 2, OFFSET_EXTENDED, 0x80, 1, 2, UNDEFINED, 40));
	assert_int_equal(f->p.rule.head.n, 1);
	assert_true(RUN(f, ARGS_SIZE, 0x90, 1, 0, OFFSET | 6, 2));
	expect_saved(f, 6, UNWIND_AT_CFA, -16);
}

/* Back to the value that the CIE gives, or to none. */
static void test_restore(void **state)
{
	struct fixture *f = *state;

	assert_true(RUN(f, OFFSET | 16, 4, OFFSET | 6, 2, RESTORE | 6, RESTORE | 16));
	assert_null(saved(f, 6));
	expect_saved(f, 16, UNWIND_AT_CFA, -8);
	assert_true(RUN(f, OFFSET | 6, 2, OFFSET | 3, 3, RESTORE_EXTENDED, 6));
	assert_null(saved(f, 6));
	expect_saved(f, 3, UNWIND_AT_CFA, -24);
	assert_true(RUN(f, OFFSET | 6, 2, SAME_VALUE, 6, SAME_VALUE, 3));
	assert_null(saved(f, 6));
	assert_int_equal(f->p.rule.head.n, 1);
}

static void test_remember(void **state)
{
	struct fixture *f = *state;

	assert_true(RUN(f, DEF_CFA_OFFSET, 16, REMEMBER, DEF_CFA_OFFSET, 24, REMEMBER,
			DEF_CFA_OFFSET, 32, RESTORE_STATE));
	expect_cfa(f, 7, 24);
	assert_true(RUN(f, DEF_CFA_OFFSET, 16, REMEMBER, DEF_CFA_OFFSET, 24, REMEMBER,
			DEF_CFA_OFFSET, 32, RESTORE_STATE, RESTORE_STATE));
	expect_cfa(f, 7, 16);
	assert_false(RUN(f, REMEMBER, RESTORE_STATE, RESTORE_STATE));
	assert_true(RUN(f, REMEMBER, REMEMBER, REMEMBER, REMEMBER, REMEMBER, REMEMBER,
			REMEMBER, REMEMBER));
	assert_false(RUN(f, REMEMBER, REMEMBER, REMEMBER, REMEMBER, REMEMBER, REMEMBER,
			 REMEMBER, REMEMBER, REMEMBER));
}

static void test_expressions(void **state)
{
	struct fixture *f = *state;

	assert_true(RUN(f, EXPRESSION, 6, 2, 0x77, 8, VAL_EXPRESSION, 3, 2, 0x77, 16,
			EXPRESSION, 12, 2, 0x77, 8));
	expect_saved(f, 6, UNWIND_AT_RESULT, 0);
	expect_saved(f, 3, UNWIND_RESULT, 1);
	expect_saved(f, 12, UNWIND_AT_RESULT, 0);
	assert_int_equal(f->expressions.items.n, 2);
	assert_memory_equal(f->expressions.bytes.items, "\x77\x08\x77\x10", 4);
	assert_false(RUN(f, EXPRESSION, 6, 0));
	assert_false(RUN(f, EXPRESSION, 6, 2, 0x77));
	assert_false(RUN(f, DEF_CFA_EXPRESSION, 0));
}

/* Damaged instructions end the rows; their number is bounded. */
static void test_damaged(void **state)
{
	struct fixture *f = *state;

	assert_false(RUN(f, 0x3f));
	assert_false(RUN(f, DEF_CFA, 6));
	assert_false(RUN(f, OFFSET | 6));
	assert_true(RUN(f, ADVANCE | 4, 0x3f));
	expect_row(f, START, START + 4);
	assert_false(next(f));
	f->steps = 2;
	assert_true(RUN(f, 0, 0));
	assert_int_equal(f->steps, 0);
	f->steps = 2;
	assert_false(RUN(f, 0, 0, 0));
}

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
	struct fixture *f = *state;

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
	struct fixture *f = *state;
	struct section s = {0};
	struct cfi_frame frame;
	struct cfi c;

	put_debug_fde(&s, put_debug_cie(&s, 4, 2), START);
	assert_false(cfi_next(open_section(&c, &f->expressions, &s, false), &frame));
}

/* Each FDE has the context of its own CIE; damaged ones are passed. */
static void test_two_cies(void **state)
{
	struct fixture *f = *state;
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

/* .eh_frame: addresses relative to themselves, a personality, data of the language, signals. */
static void test_eh_frame(void **state)
{
	struct fixture *f = *state;
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
	assert_true(next(f));
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
	struct fixture *f = *state;

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
	struct fixture *f = *state;
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_rows),	 TEST(test_code_align), TEST(test_cfa),
		TEST(test_registers),	 TEST(test_restore),	TEST(test_remember),
		TEST(test_expressions),	 TEST(test_damaged),	TEST(test_debug_frame),
		TEST(test_segments),	 TEST(test_two_cies),	TEST(test_eh_frame),
		TEST(test_unknown_cies), TEST(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
