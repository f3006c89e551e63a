#include "fold/perf_script_line.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

static struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

static void expect_frame(const char *line, const char *addr, const char *name,
			 const char *module)
{
	struct frame_line f;

	assert_true(perf_script_split_frame(span_of(line), &f));
	assert_true(span_equals(f.addr, addr));
	assert_true(span_equals(f.name, name));
	assert_true(span_equals(f.module, module ? module : "[unknown]"));
	assert_int_equal(f.has_module, module != NULL);
}

static void test_parts_of_a_frame(void **state)
{
	static const char *const no_frames[] = {
		"",
		" ",
		"(/bin/prog)",
		" (/bin/prog)",
		"401136(x)",
		") 1 f",
		"+1 f (x)",
		"Z1 f (x)",
		"ffffffff81a0_x9 f (x)",
		"0x401136 f (x)",
	};
	struct frame_line f;

	(void)state;
	expect_frame("\t  401136 main (/bin/prog)", "401136", "main", "/bin/prog");
	expect_frame("FFab9 f (x)", "FFab9", "f", "x");
	expect_frame("1 f (x) ", "1", "f", "x");
	expect_frame("1 f (x) and more", "1", "f", "x");
	expect_frame("1  f  (x)", "1", "f", "x");
	expect_frame("1\tf (x)", "1", "f", "x");
	expect_frame("1  (x)", "1", " ", "x");
	expect_frame("1 (x)", "1", " ", "x");
	expect_frame("1 f ()", "1", "f", "");
	expect_frame("1 ns::f(int, char) const (x)", "1", "ns::f(int, char) const", "x");
	expect_frame("1 (anonymous namespace)::f (x)", "1", "(anonymous namespace)::f",
		     "x");
	expect_frame("1 f(int) (y) (x)", "1", "f(int) (y)", "x");
	for (size_t i = 0; i < array_size(no_frames); i++)
		assert_false(perf_script_split_frame(span_of(no_frames[i]), &f));
}

static void test_parentheses_in_a_module(void **state)
{
	(void)state;
	expect_frame("1 f (x (deleted))", "1", "f", "x (deleted)");
	expect_frame("1 f (/bin/my prog (1))", "1", "f", "/bin/my prog (1)");
	expect_frame("1 f (/bin/a(b)", "1", "f", "/bin/a(b");
	expect_frame("1 f (/bin/a)b)", "1", "f", "/bin/a)b");
	expect_frame("1 f (deleted)", "1", "f", "deleted");
}

/* Texts of "perf script -F ip,sym", and of "-F ip". */
static void test_frames_without_a_module(void **state)
{
	(void)state;
	expect_frame("401136", "401136", "[unknown]", NULL);
	expect_frame("401136 main", "401136", "main", NULL);
	expect_frame("401136 main /bin/prog)", "401136", "main /bin/prog)", NULL);
	expect_frame("1 main(x)", "1", "main(x)", NULL);
	expect_frame("1 ns::f<void (int)>::operator()(int, int)", "1",
		     "ns::f<void (int)>::operator()(int, int)", NULL);
	expect_frame("1 std::function<void (int)>", "1", "std::function<void (int)>",
		     NULL);
}

static void expect_flat(const char *payload, const char *addr, const char *name)
{
	struct frame_line f;
	bool is_flat = perf_script_split_flat(span_of(payload), &f);

	assert_int_equal(is_flat, addr != NULL);
	if (addr) {
		assert_true(span_equals(f.addr, addr));
		assert_true(span_equals(f.name, name));
	}
}

/* A payload of a trace is no frame. */
static void test_frames_after_an_event(void **state)
{
	(void)state;
	expect_flat("   401136 main+0x1 (/bin/prog)", "401136", "main+0x1");
	expect_flat("           401136 main", "401136", "main");
	expect_flat("   7ffe00001000     7f0000401136 main (/bin/prog)", "7f0000401136",
		    "main");
	expect_flat("   401136 main (/bin/p) =>   401180 f (/bin/q)", "401136", "main");
	expect_flat(" 401136 main", NULL, NULL);
	expect_flat(" add 5 to list", NULL, NULL);
	expect_flat(" (7f2a11112220)", NULL, NULL);
	expect_flat(" (401200 <- 401133) arg1=0x0", NULL, NULL);
	expect_flat(" NR 0 = 4096", NULL, NULL);
	expect_flat(" 253,1 W 0 () 3510 + 255 [fio]", NULL, NULL);
	expect_flat(" address=0x7f ip=0x12 error_code=0x4", NULL, NULL);
	expect_flat(" tr strt  0 [unknown] ([unknown]) => 7f f (x)", NULL, NULL);
	expect_flat("", NULL, NULL);
}

static void test_other_lines_of_a_sample(void **state)
{
	static const char *const extras[] = {
		" 0x401136/0x401180/P/-/-/0  0x401136/0x401180/P/-/-/0",
		" main+0x1/f+0x2/M/-/-/0",
		"ABI:2    AX:0x7",
		" insn: 48 89 c1",
		" ilen: 3",
	};
	static const char *const sources[] = {"  main.c:12", "  my file.c:3", "  main+33",
					      "  libc.so.6[27a8a]"};
	static const char *const others[] = {"nonsense", "  f",		 " a/b/c/d/e",
					     "",	 "   main.c:12", "  12"};

	(void)state;
	for (size_t i = 0; i < array_size(extras); i++)
		assert_true(perf_script_is_extra(span_of(extras[i])));
	for (size_t i = 0; i < array_size(sources); i++)
		assert_true(perf_script_is_source(span_of(sources[i])));
	for (size_t i = 0; i < array_size(others); i++) {
		assert_false(perf_script_is_extra(span_of(others[i])));
		assert_false(perf_script_is_source(span_of(others[i])));
	}
}

static void expect_without_offset(const char *name, const char *expected)
{
	assert_true(span_equals(perf_script_without_offset(span_of(name)), expected));
}

static void test_offsets(void **state)
{
	(void)state;
	expect_without_offset("main+0x1f", "main");
	expect_without_offset("f+0x0", "f");
	expect_without_offset("f+0xabcdef0123456789", "f");
	expect_without_offset("f", "f");
	expect_without_offset("", "");
	expect_without_offset("f+0x", "f+0x");
	expect_without_offset("f+0x1g", "f+0x1g");
	expect_without_offset("f+0xA", "f+0xA");
	expect_without_offset("f+x1", "f+x1");
	expect_without_offset("f+1x2", "f+1x2");
	expect_without_offset("ff+x1", "ff+x1");
	expect_without_offset("fab12", "fab12");
	expect_without_offset("operator+0x10", "operator");
	/* Nothing would remain. */
	expect_without_offset("+0x10", "+0x10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_of_a_frame),
		cmocka_unit_test(test_parentheses_in_a_module),
		cmocka_unit_test(test_frames_without_a_module),
		cmocka_unit_test(test_frames_after_an_event),
		cmocka_unit_test(test_other_lines_of_a_sample),
		cmocka_unit_test(test_offsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
