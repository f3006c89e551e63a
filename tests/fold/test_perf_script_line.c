#include "fold/perf_script_line.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

static void expect_frame(const char *line, const char *addr, const char *name,
			 const char *module)
{
	struct frame_line f;

	assert_true(perf_script_split_frame((struct span){line, strlen(line)}, &f));
	assert_true(span_equals(f.addr, addr));
	assert_true(span_equals(f.name, name));
	assert_true(span_equals(f.module, module));
}

static void test_parts_of_a_frame(void **state)
{
	static const char *const no_frames[] = {"",
						" ",
						"401136",
						"401136 main",
						"(/bin/prog)",
						" (/bin/prog)",
						"401136 main /bin/prog)",
						"401136(x)",
						"401136 main(x)",
						") 1 f",
						"+1 f (x)",
						"401136"};
	struct frame_line f;

	(void)state;
	expect_frame("\t  401136 main (/bin/prog)", "401136", "main", "/bin/prog");
	expect_frame("ffffffff81a0_x9 f (x)", "ffffffff81a0_x9", "f", "x");
	expect_frame("1 f (x) ", "1", "f", "x");
	expect_frame("1 f (x) and more", "1", "f", "x");
	expect_frame("1  f  (x)", "1", "f", "x");
	expect_frame("1\tf (x)", "1", "f", "x");
	expect_frame("1  (x)", "1", " ", "x");
	expect_frame("1 (x)", "1", " ", "x");
	expect_frame("1 f ()", "1", "f", "");
	expect_frame("1 f (x (deleted))", "1", "f", "x (deleted)");
	expect_frame("1 f ( (deleted))", "1", "f", " (deleted)");
	expect_frame("1 f (x) (deleted))", "1", "f", "x) (deleted)");
	/* Without a module before it. */
	expect_frame("1 f (deleted)", "1", "f", "deleted");
	expect_frame("1 ns::f(int, char) const (x)", "1", "ns::f(int, char) const", "x");
	expect_frame("1 (anonymous namespace)::f (x)", "1", "(anonymous namespace)::f",
		     "x");
	expect_frame("1 f(int) (y) (x)", "1", "f(int) (y)", "x");
	expect_frame("Z1 f (x)", "Z1", "f", "x");
	for (size_t i = 0; i < array_size(no_frames); i++)
		assert_false(perf_script_split_frame(
			(struct span){no_frames[i], strlen(no_frames[i])}, &f));
}

static void expect_without_offset(const char *name, const char *expected)
{
	struct span s = perf_script_without_offset((struct span){name, strlen(name)});

	assert_true(span_equals(s, expected));
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

static void expect_event(const char *line, const char *event, const char *frame)
{
	struct event_line e;

	assert_true(perf_script_split_event((struct span){line, strlen(line)}, &e));
	assert_true(span_equals(e.event, event));
	assert_true(span_equals(e.frame, frame));
}

static void test_parts_of_an_event(void **state)
{
	(void)state;
	expect_event("a 1 1.0: 5 c:", "c", "");
	expect_event("a 1 1.0: 5 c:u:  ", "c:u", "");
	expect_event("a 1 1.0: 5 c:   401136 main (x)", "c", "401136 main (x)");
	expect_event("a 1 1.0: 5x c:", "", "");
	expect_event("a 1 1.0: : c:", "c", "");
	expect_event("a 1 1.0:", "", "");
}

/* A line without a number after its command, or with nothing after that number, is no
 * event line. */
static void test_lines_that_are_no_event(void **state)
{
	struct event_line e;
	static const char *const lines[] = {"",		  "prog",	"12 ",
					    "prog 12",	  "12/13",	"prog x",
					    "prog 12/13", "prog 12x c:"};

	(void)state;
	for (size_t i = 0; i < array_size(lines); i++)
		assert_false(perf_script_split_event(
			(struct span){lines[i], strlen(lines[i])}, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_of_a_frame),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_parts_of_an_event),
		cmocka_unit_test(test_lines_that_are_no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
