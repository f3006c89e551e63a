#include "fold/perf_script_header.h"

#include "base/scoped.h"
#include "fold/perf_script_layout.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

/* The parts of a header; NULL stands for a part that is missing. */
struct parts {
	const char *comm, *pid, *tid, *cpu, *time, *period, *event, *payload;
};

static void expect_part(struct span got, const char *expected)
{
	if (!span_equals(got, expected ? expected : ""))
		fail_msg("'%.*s' instead of '%s'", (int)got.len, got.at,
			 expected ? expected : "");
}

/* Reads the first line of a text, of which all lines have one layout. */
static void expect_header(const char *text, const struct parts *p)
{
	const char *end = memchr(text, '\n', strlen(text));
	struct script_layout layout;
	struct script_header h;

	script_layout_learn(&layout, text, strlen(text));
	assert_true(script_layout_read(&layout, (struct span){text, (size_t)(end - text)},
				       &h));
	expect_part(h.comm, p->comm);
	expect_part(h.pid, p->pid);
	expect_part(h.tid, p->tid);
	expect_part(h.cpu, p->cpu);
	expect_part(h.time, p->time);
	expect_part(h.period, p->period);
	expect_part(h.event, p->event);
	expect_part(span_trim(h.payload), p->payload);
}

static void test_parts_of_a_header(void **state)
{
	static const struct {
		const char *text;
		struct parts parts;
	} cases[] = {
		{"swapper     0 [000]  1234.567890:     250000 cpu-clock: \n",
		 {"swapper", NULL, "0", "000", "1234.567890", "250000", "cpu-clock",
		  NULL}},
		{"my prog 12/13 [001] 99.000001: cycles:u:   401136 main (/bin/prog)\n",
		 {"my prog", "12", "13", "001", "99.000001", NULL, "cycles:u",
		  "401136 main (/bin/prog)"}},
		{"kworker/0:1 5 [000] 5.000000: sched:x: comm=a 1 [000] 2.0: 1 c:\n",
		 {"kworker/0:1", NULL, "5", "000", "5.000000", NULL, "sched:x",
		  "comm=a 1 [000] 2.0: 1 c:"}},
		{":-1    -1 [001] 123.45:  1 cycles:\n",
		 {":-1", NULL, "-1", "001", "123.45", "1", "cycles", NULL}},
		{"a  8360 U     51350.449872:    2004008 c:\n",
		 {"a", NULL, "8360", NULL, "51350.449872", "2004008", "c", NULL}},
		{"  8360 51350.449872: c:\n",
		 {NULL, NULL, "8360", NULL, "51350.449872", NULL, "c", NULL}},
		{"12 34 1.0: c:\n", {"12", NULL, "34", NULL, "1.0", NULL, "c", NULL}},
		{"a.out    2004008 \n\t1 f (x)\n",
		 {"a.out", NULL, NULL, NULL, NULL, "2004008", NULL, NULL}},
		{"a.out  8360 \n\t1 f (x)\n",
		 {"a.out", NULL, "8360", NULL, NULL, NULL, NULL, NULL}},
		{"a out \n\t1 f (x)\n",
		 {"a out", NULL, NULL, NULL, NULL, NULL, NULL, NULL}},
		{"a.out 8 1.000000:   401136 main (x)\n",
		 {"a.out", NULL, "8", NULL, "1.000000", NULL, NULL, "401136 main (x)"}},
		/* The number before an address is a period. */
		{"a.out 8 1.000000:  77  401136 main (x)\n",
		 {"a.out", NULL, "8", NULL, "1.000000", "77", NULL, "401136 main (x)"}},
		{"a 1 1.0: 5 6 c:\n", {"a", NULL, "1", NULL, "1.0", "6", "c", NULL}},
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++)
		expect_header(cases[i].text, &cases[i].parts);
}

/* The other lines decide. */
static void test_commands_like_headers(void **state)
{
	static const char *const others = "b 2 b:c: x\nb 2 b:c: x\nb 2 b:c: x\n";
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "a 1 b: 12 b:c: x\n%s", others);
	expect_header(
		text,
		&(struct parts){
			.comm = "a 1 b:", .tid = "12", .event = "b:c", .payload = "x"});
	/* Alone, a line has its shortest command. */
	expect_header("a 1 b:d: 12 b:c: x\n", &(struct parts){.comm = "a",
							      .tid = "1",
							      .event = "b:d",
							      .payload = "12 b:c: x"});
	expect_header("x 1 [0] 2.0: c: 77 [000] 9.123456: 1 c:\n"
		      "x 77 [000] 9.123456: 1 c:\nx 77 [000] 9.123457: 1 c:\n",
		      &(struct parts){.comm = "x 1 [0] 2.0: c:",
				      .tid = "77",
				      .cpu = "000",
				      .time = "9.123456",
				      .period = "1",
				      .event = "c"});
}

static void test_lines_that_are_no_header(void **state)
{
	static const char *const lines[] = {
		"",	     "prog",  "12 ",	       "WARNING: a file", "key: value",
		"main;f 12", "12/13", "1 2 3: d: (x)", "\t1 f (x)"};
	static const char text[] = "a 1 1.0: c:\n\t1 f (x)\n\na 1 1.0: c:\n\t1 f (x)\n";
	struct script_layout layout;
	struct script_header h;

	(void)state;
	script_layout_learn(&layout, text, strlen(text));
	for (size_t i = 0; i < array_size(lines); i++)
		assert_false(script_layout_read(
			&layout, (struct span){lines[i], strlen(lines[i])}, &h));
}

static uint64_t time_of(const char *text)
{
	return script_header_time(&(struct script_header){.time = {text, strlen(text)}});
}

static void test_times(void **state)
{
	(void)state;
	assert_int_equal(time_of("1.5"), 1500000000);
	assert_int_equal(time_of("1234.567890"), 1234567890000);
	assert_int_equal(time_of("0.000000001"), 1);
	assert_int_equal(time_of("0.0000000019"), 1);
	assert_int_equal(time_of("7"), 7);
	assert_int_equal(time_of(""), 0);
	assert_int_equal(time_of("99999999999999999999.0"), 0);
	assert_int_equal(time_of("18446744074.0"), 0);
}

static void test_records(void **state)
{
	static const char *const lines[] = {
		"perf 1 [000] 3.0: PERF_RECORD_COMM exec: perf:1/1",
		"perf-exec     0     0.000000: PERF_RECORD_COMM: perf-exec:8360/8360",
		("perf 1/1 [000] 3.05: PERF_RECORD_MMAP2 1/1: [0x4(0x1) @ 0 08:01 12 0]: "
		 "r /a"),
		"perf 1 [000] 3.2: PERF_RECORD_EXIT(1:1):(1:1)",
	};
	static const char text[] = "a 1 1.0: c:\n\t1 f (x)\n";
	struct script_layout layout;
	struct script_header h;

	(void)state;
	script_layout_learn(&layout, text, strlen(text));
	for (size_t i = 0; i < array_size(lines); i++) {
		assert_true(script_layout_read(
			&layout, (struct span){lines[i], strlen(lines[i])}, &h));
		assert_true(h.fields & HEADER_RECORD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_of_a_header),
		cmocka_unit_test(test_commands_like_headers),
		cmocka_unit_test(test_lines_that_are_no_header),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
