#include "tests/test.h"

#include "base/out.h"
#include "base/scoped.h"
#include "fold/folded.h"
#include "fold/perf_script.h"

#include <stdio.h>
#include <string.h>

/* A text that was read. */
struct reading {
	struct profile profile;
	struct text_read_result result;
	struct out *folded;
};

static void reading_release(struct reading *r)
{
	profile_release(&r->profile);
	text_read_result_release(&r->result);
	out_free(&r->folded);
}

static void read_text(struct reading *r, const char *text,
		      const struct text_read_options *options)
{
	profile_init(&r->profile);
	memset(&r->result, 0xff, sizeof(r->result));
	perf_script_read(&r->profile, text, strlen(text), options, &r->result);
	r->folded = out_memory();
}

/* Reads a text and compares it, as folded text, with 'expected'. */
static void expect_with(const char *text, const struct text_read_options *options,
			const struct text_write_options *marks, const char *expected)
{
	scoped(reading_release) struct reading r;

	read_text(&r, text, options);
	folded_write(r.folded, &r.profile, marks);
	assert_string_equal(out_data(r.folded), expected);
}

static void expect(const char *text, const char *expected)
{
	expect_with(text, &(struct text_read_options){0}, &(struct text_write_options){0},
		    expected);
}

static void expect_weights(const char *text, const char *expected)
{
	expect_with(text, &(struct text_read_options){0},
		    &(struct text_write_options){.weights = true}, expected);
}

static void expect_knows(const char *text, bool expected)
{
	assert_int_equal(perf_script_knows(text, strlen(text)), expected);
}

static void test_a_sample(void **state)
{
	(void)state;
	expect("# comment\n"
	       "prog    12 [001]  1234.567890:     250000 cpu-clock:\n"
	       "\t    401136 leaf+0x1f (/bin/prog)\n"
	       "\t    401180 main (/bin/prog)\n"
	       "\n"
	       "prog    12 [001]  1234.567990:     250000 cpu-clock:\n"
	       "\t    401180 main (/bin/prog)\n"
	       "\n",
	       "prog;main 1\nprog;main;leaf 1\n");
	expect("", "");
	/* CRLF, and lines of spaces only. */
	expect("prog 1 1.0: c:\r\n\t1 f (x)\r\n \t\r\nprog 1 1.0: c:\r\n\t1 f (x)\r\n",
	       "prog;f 2\n");
	/* An event without frames is a sample of its process. */
	expect("prog 1 1.0: c:\n\nprog 1 1.0: c:\n\t1 f (x)\n", "prog 1\nprog;f 1\n");
}

static void test_an_event_line_ends_a_sample(void **state)
{
	(void)state;
	expect("a 1 1.0: c:\n\t1 f (x)\nb 1 1.0: c:\n\t1 g (x)\n", "a;f 1\nb;g 1\n");
}

static void test_the_last_sample_needs_an_empty_line_in_exact_mode(void **state)
{
	static const char text[] = "a 1 1.0: c:\n\t1 f (x)\n\nb 1 1.0: c:\n\t1 g (x)\n";

	(void)state;
	expect(text, "a;f 1\nb;g 1\n");
	expect_with(text, &(struct text_read_options){.exact = true},
		    &(struct text_write_options){0}, "a;f 1\n");
}

static void test_command_pid_and_tid(void **state)
{
	static const char text[] =
		"my prog 12/13 [001] 99.000001: cycles:u: \n\t1 f (x)\n\n"
		"a 7 99.0: cycles:u:\n\t1 f (x)\n\n"
		"tab\t8\t99.0: cycles:u:\n\t1 f (x)\n\n"
		"v8 a2 9/x 10 9.0: cycles:u:\n\t1 f (x)\n";
	const struct text_read_options pid = {.pid = true}, tid = {.tid = true},
				       both = {.pid = true, .tid = true};
	const struct text_write_options marks = {0};

	(void)state;
	expect(text, "a;f 1\nmy_prog;f 1\ntab;f 1\nv8_a2_9/x;f 1\n");
	expect_with(text, &pid, &marks,
		    "a-?;f 1\nmy_prog-12;f 1\ntab-?;f 1\nv8_a2_9/x-?;f 1\n");
	expect_with(text, &tid, &marks,
		    "a-?/7;f 1\nmy_prog-12/13;f 1\ntab-?/8;f 1\nv8_a2_9/x-?/10;f 1\n");
	expect_with(text, &both, &marks,
		    "a-?/7;f 1\nmy_prog-12/13;f 1\ntab-?/8;f 1\nv8_a2_9/x-?/10;f 1\n");
}

static void test_periods(void **state)
{
	(void)state;
	expect_weights("a 1 1.0: 250 c:\n\t1 f (x)\n\n"
		       "a 1 1.0: 50 c:\n\t1 f (x)\n\n"
		       "b 1 1.0: c:\n\t1 f (x)\n\n"
		       "c 1 1.0: 0 c:\n\t1 f (x)\n\n"
		       "e 1 1.0: 18446744073709550000 c:\n\t1 f (x)\n\n"
		       "f 1 [000] 1.0: 7 8 c:\n\t1 f (x)\n",
		       "a;f 300\nb;f 1\nc;f 1\n"
		       "e;f 18446744073709550000\nf;f 8\n");
}

static void test_periods_that_add_up_to_too_much(void **state)
{
	static const struct {
		const char *text;
		size_t line;
	} cases[] = {
		{"d 1 1.0: 99999999999999999999 c:\n\t1 f (x)\n\n", 1},
		{"d 1 1.0: 1 c:\n\t1 f (x)\n\ne 1 1.0: 18446744073709551616 c:\n", 4},
		{"d 1 1.0: 18446744073709551615 c:\n\t1 f (x)\n\n"
		 "e 1 1.0: 1 c:\n\t1 g (x)\n\n",
		 4},
		{"d 1 1.0: 18446744073709551614 c:\n\t1 f (x)\n\n"
		 "e 1 1.0: 1 c:\n\t1 g (x)\n\n",
		 0},
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		scoped(reading_release) struct reading r;

		read_text(&r, cases[i].text, &(struct text_read_options){0});
		assert_int_equal(r.result.overflow_line, cases[i].line);
	}
}

static void test_the_first_event_is_read(void **state)
{
	static const char text[] = "a 1 1.0: 1 cycles:u:\n\t1 f (x)\n\n"
				   "a 1 1.0: 1 faults:\n\t1 g (x)\n\t1 h (x)\n\n"
				   "a 1 1.0:\n\t1 i (x)\n\n"
				   "a 1 1.0: 1 cycles:u:\n\t1 f (x)\n\n";
	const struct text_read_options faults = {.event = "faults"};
	scoped(reading_release) struct reading r;

	(void)state;
	expect(text, "a;f 2\na;i 1\n");
	expect_with(text, &faults, &(struct text_write_options){0}, "a;h;g 1\na;i 1\n");
	read_text(&r, text, &(struct text_read_options){0});
	assert_string_equal(text_read_result_event(&r.result), "cycles:u");
	assert_true(r.result.has_other_events);
	assert_int_equal(r.result.bad_lines, 0);
	assert_int_equal(r.result.first_bad_line, 0);
	/* The process and its frames f and i: frames of other events are not made. */
	assert_int_equal(r.profile.frames.items.n, 3);
}

static void test_result_of_one_event_and_of_none(void **state)
{
	scoped(reading_release) struct reading one, none;

	(void)state;
	read_text(&one, "a 1 1.0: 1 c:\n\t1 f (x)\n\na 1 1.0: 1 c:\n\t1 f (x)\n",
		  &(struct text_read_options){0});
	assert_string_equal(text_read_result_event(&one.result), "c");
	assert_false(one.result.has_other_events);
	read_text(&none, "a 1 1.0:\n\t1 f (x)\n", &(struct text_read_options){0});
	assert_string_equal(text_read_result_event(&none.result), "");
	assert_false(none.result.has_other_events);
}

static void test_long_names_of_events(void **state)
{
	static const char text[] = "a 1 1.0: "
				   "e123456789e123456789e123456789e123456789e123456789e12"
				   "3456789e123456789:\n"
				   "\t1 f (x)\n\n"
				   "a 1 1.0: "
				   "e123456789e123456789e123456789e123456789e123456789e12"
				   "3456789e123456789:\n"
				   "\t1 f (x)\n";
	static const char other[] =
		"e123456789e123456789e123456789e123456789e123456789e123456789e1X";
	scoped(reading_release) struct reading r;

	(void)state;
	expect(text, "a;f 2\n");
	expect_with(text, &(struct text_read_options){.event = other},
		    &(struct text_write_options){0}, "");
	read_text(&r, text, &(struct text_read_options){0});
	assert_int_equal(strlen(text_read_result_event(&r.result)), 70);
	assert_false(r.result.has_other_events);
}

static void test_a_frame_on_the_event_line(void **state)
{
	static const char text[] =
		"prog 12/13 1.0: 1 cycles:   401136 main+0x2 (/bin/prog)\n"
		"prog 12/13 1.0: 1 cycles:u:   401136 main (/bin/prog)\n"
		"prog 12/13 1.0: 1 cycles: no frame\n";
	scoped(reading_release) struct reading r;

	(void)state;
	/* Events that differ only by their modifiers count as one. */
	expect(text, "prog 1\nprog;main 2\n");
	read_text(&r, text, &(struct text_read_options){0});
	assert_false(r.result.has_other_events);
	expect("prog 1 1.0: 1 c: 1 f (x)\n\t2 g (x)\n", "prog;f 1\n");
}

static void test_modules(void **state)
{
	(void)state;
	expect("a 1 1.0: c:\n"
	       "\t1 f (/bin/prog (deleted))\n"
	       "\t2 g (/bin/my prog (1))\n"
	       "\t3 h ([unknown])\n"
	       "\t4 i (/lib/x (deleted)) \n"
	       "\t5 [unknown] (/bin/gone (deleted))\n"
	       "\t6 [unknown] (/lib/libc.so.6)\n"
	       "\t7 [unknown] ([unknown])\n"
	       "\t8 [unknown] (x)\n",
	       "a;[x];[unknown];[libc.so.6];[gone (deleted)];i;h;g;f 1\n");
}

/* Names in parentheses are no functions, as for stackcollapse-perf.pl, but for anonymous
 * namespaces. */
static void test_names_in_parentheses(void **state)
{
	(void)state;
	expect("a 1 1.0: c:\n"
	       "\t1 f (x)\n"
	       "\t2 ([kernel.kallsyms]) (y)\n"
	       "\t3 (anonymous namespace)::g (x)\n"
	       "\t4 ns::(anonymous namespace)::h(int) (x)\n"
	       "\t5 main (x)\n",
	       "a;main;ns::(anonymous namespace)::h;(anonymous namespace)::g;f 1\n");
	expect_with("a 1 1.0: c:\n\t3 (anonymous namespace)::g (x)\n\n",
		    &(struct text_read_options){.exact = true},
		    &(struct text_write_options){0}, "a 1\n");
}

static void test_names_of_one_letter(void **state)
{
	(void)state;
	expect("a 1 1.0: c:\n\t1 f+0x1 (x)\n\t2 g (x)\n\t3 h+0x0 (x)\n", "a;h;g;f 1\n");
}

static void test_kinds_of_frames(void **state)
{
	static const struct {
		const char *line;
		enum frame_kind kind;
		const char *object;
	} cases[] = {
		{"1 f ([kernel.kallsyms])", FRAME_KERNEL, "[kernel.kallsyms]"},
		{"1 f ([nf_conntrack])", FRAME_KERNEL, "[nf_conntrack]"},
		{"1 f (/boot/vmlinux-6.1)", FRAME_KERNEL, "vmlinux-6.1"},
		{"1 f (vmlinux)", FRAME_KERNEL, "vmlinux"},
		{"1 f (/lib/modules/x/nf.ko)", FRAME_MODULE, "nf.ko"},
		{"1 f (/x.ko/prog)", FRAME_USER, "prog"},
		{"1 f (/bin/x.kone)", FRAME_USER, "x.kone"},
		{"1 f (/tmp/perf-12.map)", FRAME_JIT, "perf-12.map"},
		{"1 f (/tmp/perf-12.so)", FRAME_LIBRARY, "perf-12.so"},
		{"1 f (/var/perf-12.map)", FRAME_USER, "perf-12.map"},
		{"1 f (/root/.debug/jit/jitted-12-3.so)", FRAME_JIT, "jitted-12-3.so"},
		{"1 f (/x/jitted-12-3)", FRAME_USER, "jitted-12-3"},
		{"1 f (/lib/libc.so.6)", FRAME_LIBRARY, "libc.so.6"},
		{"1 f (/lib.so/prog)", FRAME_USER, "prog"},
		{"1 f (/bin/prog)", FRAME_USER, "prog"},
		{"1 f ([unknown])", FRAME_USER, ""},
		{"1 [unknown] ([unknown])", FRAME_UNKNOWN, ""},
		{"1 [unknown] (/bin/prog)", FRAME_UNKNOWN, "prog"},
		{"1 [unknown] ([kernel.kallsyms])", FRAME_KERNEL, "[kernel.kallsyms]"},
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		char text[128];
		scoped(reading_release) struct reading r;
		const struct frame *f;

		snprintf(text, sizeof(text), "a 1 1.0: c:\n\t%s\n", cases[i].line);
		read_text(&r, text, &(struct text_read_options){0});
		assert_int_equal(r.result.bad_lines, 0);
		f = frame_at(&r.profile.frames, vec_last(&r.profile.nodes)->frame);
		assert_int_equal(f->kind, cases[i].kind);
		assert_string_equal(strtab_str(&r.profile.strings, f->object),
				    cases[i].object);
	}
}

static void test_inline_frames(void **state)
{
	scoped(reading_release) struct reading r;

	(void)state;
	expect("a 1 1.0: c:\n\t1 f->g->h (x)\n\t2 main (x)\n",
	       "a;main;f;g_[i];h_[i] 1\n");
	/* The same text again comes from the cache. */
	expect("a 1 1.0: c:\n\t1 f->g (x)\n\na 1 1.0: c:\n\t1 f->g (x)\n",
	       "a;f;g_[i] 2\n");
	expect("a 1 1.0: c:\n\t1 f-> (x)\n", "a;f 1\n");
	read_text(&r, "a 1 1.0: c:\n\t1 f->[unknown] (x)\n",
		  &(struct text_read_options){0});
	assert_string_equal(
		frame_name(&r.profile.frames, vec_last(&r.profile.nodes)->frame), "[x]");
}

/* The same name in two modules is two frames. */
static void test_one_name_in_two_modules(void **state)
{
	scoped(reading_release) struct reading r;

	(void)state;
	read_text(&r,
		  "a 1 1.0: c:\n\t1 f (x)\n\na 1 1.0: c:\n\t1 f (y)\n\n"
		  "a 1 1.0: c:\n\t9 f (x)\n",
		  &(struct text_read_options){0});
	assert_int_equal(r.profile.nodes.n, 4);
}

static void test_addresses_in_names(void **state)
{
	static const char text[] =
		"a 1 1.0: c:\n\t1f [unknown] (x)\n\na 1 1.0: c:\n\t2f [unknown] (x)\n\n"
		"a 1 1.0: c:\n\t3f g (x)\n";

	(void)state;
	expect_with(text, &(struct text_read_options){.addrs = true},
		    &(struct text_write_options){0},
		    "a;[x <1f>] 1\na;[x <2f>] 1\na;g 1\n");
	expect(text, "a;[x] 2\na;g 1\n");
}

/* A signature of Java loses its 'L' in processes of Java only. */
static void test_java(void **state)
{
	(void)state;
	expect("java 1 1.0: c:\n\t1 Lorg/x/Y;::f (x)\n\nprog 1 1.0: c:\n\t1 Lorg/x/Y;::f "
	       "(x)\n"
	       "\njava-2 1 1.0: c:\n\t1 Lorg/x/Y;::f (x)\n",
	       "java-2;org/x/Y:::f 1\njava;org/x/Y:::f 1\nprog;Lorg/x/Y:::f 1\n");
}

static void test_rust_names(void **state)
{
	static const char text[] =
		"a 1 1.0: c:\n\t1 a::$LT$T$GT$::f::h0123456789abcdef (x)\n\n";

	(void)state;
	expect(text, "a;a::<T>::f 1\n");
	expect_with(text, &(struct text_read_options){.exact = true},
		    &(struct text_write_options){0},
		    "a;a::$LT$T$GT$::f::h0123456789abcdef 1\n");
}

static void test_broken_lines(void **state)
{
	scoped(reading_release) struct reading r, indented;

	(void)state;
	read_text(&r,
		  "a 1 1.0: c:\n\t1 f (x)\n\nnonsense\n\n\t1 f (x)\n"
		  "a 1 1.0: c:\n\tno frame\n\t1 g (x)\n",
		  &(struct text_read_options){0});
	assert_int_equal(r.result.bad_lines, 3);
	assert_int_equal(r.result.first_bad_line, 4);
	folded_write(r.folded, &r.profile, &(struct text_write_options){0});
	assert_string_equal(out_data(r.folded), "a;f 1\na;g 1\n");
	/* Broken lines in samples of other events count, too. */
	read_text(&indented, "a 1 1.0: c:\n\nb 1 1.0: d:\n\tno frame\n\t1 f (x)\n",
		  &(struct text_read_options){0});
	assert_int_equal(indented.result.bad_lines, 1);
	assert_int_equal(indented.result.first_bad_line, 4);
}

/* An event line may be indented where no sample is open, if it names an event. Inside
 * a sample only frames are. */
static void test_indented_lines(void **state)
{
	scoped(reading_release) struct reading r;

	(void)state;
	expect("   a 1 1.0: c:\n\t1 f (x)\n\n   b 1 1.0: c:\n\t1 g (x)\n",
	       "a;f 1\nb;g 1\n");
	expect("a 1 1.0: c:\n  1 2 3: d: (x)\n", "a;2 3: d: 1\n");
	read_text(&r, "a 1 1.0: c:\n\tno frame\n", &(struct text_read_options){0});
	assert_int_equal(r.result.bad_lines, 1);
	/* The event may be missing. */
	expect("   a 1 1.0\n\t1 f (x)\n", "a;f 1\n");
	expect("a 1 1.0\n\t1 f (x)\n", "a;f 1\n");
}

static void test_a_command_of_digits(void **state)
{
	(void)state;
	expect("  12 34 1.0: c:\n\t1 f (x)\n", "12;f 1\n");
}

static void test_carriage_returns(void **state)
{
	scoped(reading_release) struct reading r;

	(void)state;
	read_text(&r, "a 1 1.0: c:\r\n\t1 f (x)\r\n", &(struct text_read_options){0});
	assert_string_equal(text_read_result_event(&r.result), "c");
}

static void test_knows(void **state)
{
	(void)state;
	expect_knows("prog 1 1.0: c:\n\t1 f (x)\n", true);
	expect_knows("# comment\n\n \nprog 1 1.0: c:\n\t1 f (x)\n", true);
	expect_knows("prog 1 1.0: c:\n\n", true);
	expect_knows("prog 1 1.0: c:\n", true);
	expect_knows("prog 1 1.0: c:\nmain;f 1\n", false);
	expect_knows("prog 1 1.0: c: 1 f (x)\n", true);
	/* Counts as wide as addresses are folded stacks. */
	expect_knows("main;f 1234567890123456\nmain;g 9223372036854775808\n", false);
	expect_knows("main 18446744073709551616\n", false);
	expect_knows("main  ffffffff81000000\n", true);
	expect_knows("prog 1 1.0: c: f\n\t1 f (x)\n", true);
	expect_knows("prog;f 1\n", false);
	expect_knows("", false);
	expect_knows("# comment\n", false);
}

static void test_comments_in_a_sample(void **state)
{
	static const char text[] = "a 1 1.0: c:\n# comment\n\t1 f (x)\n#\n\t2 g (x)\n";
	scoped(reading_release) struct reading r;

	(void)state;
	expect(text, "a;g;f 1\n");
	read_text(&r, text, &(struct text_read_options){0});
	assert_int_equal(r.result.bad_lines, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sample),
		cmocka_unit_test(test_an_event_line_ends_a_sample),
		cmocka_unit_test(test_the_last_sample_needs_an_empty_line_in_exact_mode),
		cmocka_unit_test(test_command_pid_and_tid),
		cmocka_unit_test(test_periods),
		cmocka_unit_test(test_periods_that_add_up_to_too_much),
		cmocka_unit_test(test_the_first_event_is_read),
		cmocka_unit_test(test_result_of_one_event_and_of_none),
		cmocka_unit_test(test_long_names_of_events),
		cmocka_unit_test(test_a_frame_on_the_event_line),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_names_in_parentheses),
		cmocka_unit_test(test_names_of_one_letter),
		cmocka_unit_test(test_kinds_of_frames),
		cmocka_unit_test(test_inline_frames),
		cmocka_unit_test(test_one_name_in_two_modules),
		cmocka_unit_test(test_addresses_in_names),
		cmocka_unit_test(test_java),
		cmocka_unit_test(test_rust_names),
		cmocka_unit_test(test_broken_lines),
		cmocka_unit_test(test_indented_lines),
		cmocka_unit_test(test_a_command_of_digits),
		cmocka_unit_test(test_carriage_returns),
		cmocka_unit_test(test_knows),
		cmocka_unit_test(test_comments_in_a_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
