#include "tests/test.h"

#include "base/out.h"
#include "base/scoped.h"
#include "fold/fold.h"
#include "fold/folded.h"

#include <string.h>

static const char *fold_text(struct profile *p, struct out *o, const char *text)
{
	const struct text_write_options options = {.process_blanks = true};
	struct text_read_result result;

	profile_init(p);
	folded_read(p, text, strlen(text), NULL, &result);
	assert_int_equal(result.bad_lines, 0);
	assert_int_equal(result.first_bad_line, 0);
	folded_write(o, p, &options);
	return out_data(o);
}

static void test_text_comes_back_sorted(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	scoped(profile_release) struct profile p;

	(void)state;
	assert_string_equal(
		fold_text(&p, o, "b;x 2\na;main;f 1\na;main 7\n\n# talk\nb;x 3\r\n"),
		"a;main 7\na;main;f 1\nb;x 5\n");
}

/* A name may be a prefix of another one. Then the next byte decides: the end of the
 * line, the rest of the longer name, or ';'. */
static void test_order_is_that_of_whole_lines(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	scoped(profile_release) struct profile p;

	(void)state;
	assert_string_equal(
		fold_text(&p, o,
			  "a;f~;x 1\na;f;y;z 2\na;f(int) 3\na;f;y 4\na;f 5\n"
			  "a;f(int);b 6\na;f;\xc3\xa9 7\na 8\na;f(int)\x01 9\n"),
		"a 8\na;f 5\na;f(int) 3\na;f(int)\x01 9\na;f(int);b 6\n"
		"a;f;y 4\na;f;y;z 2\na;f;\xc3\xa9 7\na;f~;x 1\n");
}

static void test_names_keep_their_spaces(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	scoped(profile_release) struct profile p;

	(void)state;
	assert_string_equal(fold_text(&p, o, "c;operator new(unsigned long);f 12\n"),
			    "c;operator new(unsigned long);f 12\n");
}

static void test_what_would_break_a_line_is_replaced(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	scoped(profile_release) struct profile p;
	scoped(fold_path_release) struct fold_path path = {0};
	frame_id root = 0;
	struct frame frame = {.kind = FRAME_USER};
	struct fold_stack stack = {.roots = &root, .n_roots = 1, .n = 1, .count = 3};
	frame_id id;

	(void)state;
	profile_init(&p);
	frame.name = strtab_add(&p.strings, "a;b\nc");
	id = frame_add(&p.frames, &frame);
	stack.frames = &id;
	root = fold_root(&p, "my prog");
	fold_add(&p, &path, &stack);
	folded_write(o, &p, &(struct text_write_options){0});
	assert_string_equal(out_data(o), "my_prog;a:b c 3\n");
}

static void test_equal_names_are_one_line(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	scoped(profile_release) struct profile p;
	scoped(fold_path_release) struct fold_path path = {0};
	frame_id root = 0;
	frame_id ids[2];

	(void)state;
	profile_init(&p);
	for (int i = 0; i < 2; i++) {
		struct frame frame = {.name = strtab_add(&p.strings, "f"),
				      .object =
					      strtab_add(&p.strings, i ? "x.so" : "y.so"),
				      .kind = FRAME_LIBRARY};
		struct fold_stack stack = {.roots = &root,
					   .n_roots = 1,
					   .frames = &ids[i],
					   .n = 1,
					   .count = 2};

		ids[i] = frame_add(&p.frames, &frame);
		root = fold_root(&p, "c");
		fold_add(&p, &path, &stack);
	}
	folded_write(o, &p, &(struct text_write_options){0});
	assert_string_equal(out_data(o), "c;f 4\n");
}

/* Adds a stack under one of the frames, with its count. */
static void add_below(struct profile *p, frame_id frame, const char *name, uint64_t count)
{
	node_id node = profile_child(p, PROFILE_ROOT, fold_root(p, "prog"));
	struct frame below = {.name = strtab_add(&p->strings, name), .kind = FRAME_USER};

	node = profile_child(p, node, frame);
	profile_add(p, node, 1, 0);
	profile_add(p, profile_child(p, node, frame_add(&p->frames, &below)), count, 0);
}

static void test_below_equal_names_lines_are_in_order(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	scoped(profile_release) struct profile p;
	struct frame user = {.kind = FRAME_USER}, kernel = {.kind = FRAME_KERNEL};

	(void)state;
	profile_init(&p);
	user.name = kernel.name = strtab_add(&p.strings, "f");
	add_below(&p, frame_add(&p.frames, &kernel), "b", 3);
	add_below(&p, frame_add(&p.frames, &kernel), "d", 4);
	add_below(&p, frame_add(&p.frames, &user), "a", 5);
	add_below(&p, frame_add(&p.frames, &user), "b", 6);
	add_below(&p, frame_add(&p.frames, &user), "c", 7);
	folded_write(o, &p, &(struct text_write_options){0});
	assert_string_equal(out_data(o), "prog;f 5\nprog;f;a 5\nprog;f;b 9\n"
					 "prog;f;c 7\nprog;f;d 4\n");
}

static void test_a_bad_line_is_told_with_its_number(void **state)
{
	static const char *const bad[] = {
		"a;b 1\nno number here\nc 1\n", "a 1\nb;\nc 1\n", "a 1\n 4\nc 1\n",
		"a 1\nb -3\nc 1\n", "a 1\nb 99999999999999999999999x\nc 1\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		scoped(profile_release) struct profile p;
		struct text_read_result result;

		profile_init(&p);
		folded_read(&p, bad[i], strlen(bad[i]), NULL, &result);
		assert_int_equal(result.bad_lines, 1);
		assert_int_equal(result.first_bad_line, 2);
		assert_true(p.nodes.n > 2);
	}
}

static void test_names_that_begin_with_a_hash(void **state)
{
	static const char text[] = "# austin: 3.0\n# seconds 30\n#\n#!x\n#note\n"
				   "# 5\n#a 1\n#a;#b 2\n#;# c 3\n#\tb 4\n";
	scoped(out_free) struct out *o = out_memory();
	scoped(profile_release) struct profile p;

	(void)state;
	assert_string_equal(fold_text(&p, o, text),
			    "# 5\n#\tb 4\n#;# c 3\n#a 1\n#a;#b 2\n");
}

enum { NAME_MAX_LENGTH = 5 };

static str_id random_name(struct strtab *strings, uint64_t *seed)
{
	static const char letters[] = "ab#; \t\n\r_:09.[]\"\\\x01\x80\xc3\xa4\x00";
	char name[NAME_MAX_LENGTH];
	size_t len = random_below(seed, NAME_MAX_LENGTH + 1);

	for (size_t i = 0; i < len; i++)
		name[i] = letters[random_below(seed, sizeof(letters))];
	return strtab_add_len(strings, name, len);
}

static void random_stack_add(struct profile *p, uint64_t *seed)
{
	static const uint8_t kinds[] = {FRAME_USER, FRAME_KERNEL, FRAME_JIT,
					FRAME_UNKNOWN};
	size_t depth = 1 + random_below(seed, 3);
	node_id node = PROFILE_ROOT;

	for (size_t i = 0; i < depth; i++) {
		struct frame frame = {.name = random_name(&p->strings, seed),
				      .kind = kinds[random_below(seed, 4)],
				      .is_inlined = !random_below(seed, 4)};

		if (!i && random_below(seed, 3))
			frame = (struct frame){.name = frame.name, .kind = FRAME_ROOT};
		node = profile_child(p, node, frame_add(&p->frames, &frame));
	}
	profile_add(p, node, 1 + random_below(seed, 1000), 0);
}

/* The lines are read back as they were written, whatever the names are, and no count is
 * lost. */
static void test_all_names_are_stable(void **state)
{
	const struct text_write_options first = {.kernel = true},
					again = {.process_blanks = true};
	uint64_t seed = 11;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		scoped(out_free) struct out *a = out_memory(), *b = out_memory();
		scoped(profile_release) struct profile p, q;
		struct text_read_result result;

		profile_init(&p);
		profile_init(&q);
		for (size_t i = random_below(&seed, 8); i--;)
			random_stack_add(&p, &seed);
		folded_write(a, &p, &first);
		folded_read(&q, out_data(a), out_pos(a), NULL, &result);
		assert_int_equal(result.bad_lines, 0);
		assert_int_equal(q.count, p.count);
		folded_write(b, &q, &again);
		assert_string_equal(out_data(a), out_data(b));
	}
}

static void test_a_nul_byte_is_no_text(void **state)
{
	scoped(profile_release) struct profile p;
	struct text_read_result result;

	(void)state;
	profile_init(&p);
	folded_read(&p, "a;b\0c 1\n", 8, NULL, &result);
	assert_int_equal(result.bad_lines, 1);
}

static void test_marks_and_weights(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	scoped(profile_release) struct profile p;
	scoped(fold_path_release) struct fold_path path = {0};
	frame_id root = 0;
	static const enum frame_kind kinds[] = {FRAME_KERNEL, FRAME_JIT, FRAME_USER};
	frame_id ids[3];
	struct fold_stack stack = {.roots = &root,
				   .n_roots = 1,
				   .frames = ids,
				   .n = 3,
				   .count = 2,
				   .weight = 70};

	(void)state;
	profile_init(&p);
	for (int i = 0; i < 3; i++)
		ids[i] = frame_add(&p.frames,
				   &(struct frame){.name = strtab_add(&p.strings, "f"),
						   .kind = (uint8_t)kinds[i],
						   .is_inlined = kinds[i] == FRAME_USER});
	root = fold_root(&p, "c");
	fold_add(&p, &path, &stack);
	folded_write(o, &p, &(struct text_write_options){.kernel = true, .jit = true});
	folded_write(o, &p, &(struct text_write_options){.weights = true});
	assert_string_equal(out_data(o), "c;f_[i];f_[j];f_[k] 2\nc;f_[i];f;f 70\n");
}

/* The idle task is idle where it halts, at work where it serves an interrupt. */
static void test_idle(void **state)
{
	scoped(profile_release) struct profile p;
	frame_id root = 0;
	static const struct {
		const char *leaf;
		bool idle;
	} cases[] = {{"pv_native_safe_halt", true}, {"intel_idle_irq", true},
		     {"acpi_idle_do_entry", true},  {"handle_softirqs", false},
		     {"net_rx_action", false},	    {"do_idle", true},
		     {"do_idle_not", false}};

	(void)state;
	profile_init(&p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct frame frame = {.name = strtab_add(&p.strings, cases[i].leaf),
				      .kind = FRAME_KERNEL};
		frame_id id = frame_add(&p.frames, &frame);
		struct fold_stack stack = {
			.roots = &root, .n_roots = 1, .frames = &id, .n = 1, .count = 1};

		assert_int_equal(fold_is_idle(&p.frames, &stack, true), cases[i].idle);
		assert_false(fold_is_idle(&p.frames, &stack, false));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_comes_back_sorted),
		cmocka_unit_test(test_order_is_that_of_whole_lines),
		cmocka_unit_test(test_names_keep_their_spaces),
		cmocka_unit_test(test_what_would_break_a_line_is_replaced),
		cmocka_unit_test(test_equal_names_are_one_line),
		cmocka_unit_test(test_below_equal_names_lines_are_in_order),
		cmocka_unit_test(test_a_bad_line_is_told_with_its_number),
		cmocka_unit_test(test_names_that_begin_with_a_hash),
		cmocka_unit_test(test_all_names_are_stable),
		cmocka_unit_test(test_a_nul_byte_is_no_text),
		cmocka_unit_test(test_marks_and_weights),
		cmocka_unit_test(test_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
