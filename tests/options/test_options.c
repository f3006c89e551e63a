#include "base/scoped.h"
#include "options/option_help.h"
#include "options/option_reader.h"

#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum colour { COLOUR_RED, COLOUR_GREEN };

struct shared {
	const char *title;
	uint32_t width;
};

struct options {
	bool all, is_on;
	uint64_t rate;
	uint32_t level, stack;
	size_t limit;
	enum colour colour;
	double percent;
	uint64_t bytes, time;
	const char *output;
	char set[32];
	struct shared shared;
};

static const char *const colours[] = {"red", "green", NULL};

static bool set_text(void *group, const char *value)
{
	struct options *o = group;

	strcat(o->set, value);
	return *value != 'x';
}

static const struct option_spec own[] = {
	{"all", 'a', NULL, "all", OPTION_FLAG(struct options, all)},
	{"no-on", 0, NULL, "off", OPTION_FLAG_OFF(struct options, is_on)},
	{"freq", 'F', "HZ", "rate", OPTION_NUMBER(struct options, rate, 1, 0)},
	{"level", 'z', "N", "level", .is_optional = true, .if_absent = 3,
	 OPTION_NUMBER(struct options, level, 1, 22)},
	{"limit", 'n', "N", "limit", OPTION_NUMBER(struct options, limit, 0, 0)},
	{"colour", 0, "WORD", "colour", OPTION_WORD(struct options, colour, colours)},
	{"output", 'o', "FILE", "output", OPTION_TEXT(struct options, output)},
	{"percent", 0, "P", "percent", .expected = "0.5 to 100",
	 OPTION_DECIMAL(struct options, percent, 0.5, 100)},
	{"stack", 0, "N", "stack", .multiple = 8, .expected = "a multiple of 8",
	 OPTION_NUMBER(struct options, stack, 8, 64)},
	{"bytes", 0, "SIZE", "size", OPTION_SIZE(struct options, bytes, 1)},
	{"time", 0, "SECONDS", "time", OPTION_DURATION(struct options, time)},
	{"set", 's', "TEXT", "set", .noun = "text", .expected = "no x",
	 OPTION_SETTER(set_text)},
	{"by", 0, "TEXT", "hides another one", OPTION_SETTER(set_text)},
	{0},
};

static const struct option_spec shared[] = {
	{"by", 0, NULL, "hidden", OPTION_TEXT(struct shared, title)},
	{"title", 0, "TEXT", "title", .alias = "name", OPTION_TEXT(struct shared, title)},
	{"width", 0, "PX", "width", OPTION_NUMBER(struct shared, width, 0, 0)},
	{0},
};

static const struct option_group groups[] = {
	{"options", own, 0},
	{"shared", shared, offsetof(struct options, shared)},
	{0},
};

/* Reads a command line of words separated by spaces. Operands end in 'operands', each
 * with a ';', "--help" as "?;". Returns the last result of the reader. */
static int read_line(struct options *o, const char *line, char operands[200],
		     struct error *err)
{
	static char words[400];
	char *argv[40] = {"command"}, *rest = strcpy(words, line), *word;
	struct option_reader reader;
	const char *operand;
	int argc = 1, result;

	*o = (struct options){.is_on = true};
	*operands = '\0';
	*err = (struct error){0};
	while ((word = strsep(&rest, " ")))
		if (*word)
			argv[argc++] = word;
	option_reader_init(&reader, groups, o, argc, argv);
	while ((result = option_reader_next(&reader, &operand, err)) > 0)
		strcat(strcat(operands, operand), ";");
	if (reader.is_help)
		strcat(operands, "?;");
	return result;
}

static void accepts(struct options *o, const char *line, const char *expected)
{
	char operands[200];
	struct error err;

	if (read_line(o, line, operands, &err) < 0)
		fail_msg("'%s': %s", line, err.text);
	assert_string_equal(operands, expected);
}

static void refuses(const char *line, const char *message)
{
	char operands[200];
	struct options o;
	struct error err;

	assert_int_equal(read_line(&o, line, operands, &err), -1);
	assert_string_equal(err.text, message);
}

static void forms(void **state)
{
	struct options o;

	(void)state;
	accepts(&o, "", "");
	accepts(&o, "-a", "");
	assert_true(o.all && o.is_on);
	accepts(&o, "-F99", "");
	assert_int_equal(o.rate, 99);
	accepts(&o, "-F 98", "");
	assert_int_equal(o.rate, 98);
	accepts(&o, "-aF 97 x", "x;");
	assert_true(o.all && o.rate == 97);
	accepts(&o, "-aF96", "");
	assert_true(o.all && o.rate == 96);
	accepts(&o, "--freq=95", "");
	assert_int_equal(o.rate, 95);
	accepts(&o, "--freq 94", "");
	assert_int_equal(o.rate, 94);
	accepts(&o, "--fr 93", "");
	assert_int_equal(o.rate, 93);
	accepts(&o, "--no-on --output=a=b", "");
	assert_false(o.is_on);
	assert_string_equal(o.output, "a=b");
	accepts(&o, "-o -a", "");
	assert_string_equal(o.output, "-a");
	assert_false(o.all);
	accepts(&o, "-o --help", "");
	accepts(&o, "--output=", "");
	assert_string_equal(o.output, "");
}

static void values(void **state)
{
	struct options o;

	(void)state;
	accepts(&o, "-z", "");
	assert_int_equal(o.level, 3);
	accepts(&o, "-z22", "");
	assert_int_equal(o.level, 22);
	accepts(&o, "-z 22", "22;");
	assert_int_equal(o.level, 3);
	accepts(&o, "-az7", "");
	assert_true(o.all && o.level == 7);
	accepts(&o, "--level 7", "7;");
	assert_int_equal(o.level, 3);
	accepts(&o, "--level=7", "");
	assert_int_equal(o.level, 7);
	accepts(&o, "-n 18446744073709551615", "");
	assert_int_equal(o.limit, SIZE_MAX);
	accepts(&o, "--width 4294967295", "");
	assert_int_equal(o.shared.width, UINT32_MAX);
	accepts(&o, "--colour green", "");
	assert_int_equal(o.colour, COLOUR_GREEN);
	accepts(&o, "--percent .5 --bytes 500K --time 1.5", "");
	assert_true(o.percent == 0.5 && o.bytes == 512000 && o.time == 1500000000);
	accepts(&o, "--percent 100 --bytes 1 --time 0", "");
	assert_true(o.percent == 100 && o.bytes == 1 && o.time == 0);
	accepts(&o, "--stack 64", "");
	assert_int_equal(o.stack, 64);
	accepts(&o, "-s one -stwo", "");
	assert_string_equal(o.set, "onetwo");
	accepts(&o, "--title t", "");
	assert_string_equal(o.shared.title, "t");
	accepts(&o, "--name n", "");
	assert_string_equal(o.shared.title, "n");
	/* The first group's option of that name. */
	accepts(&o, "--by b", "");
	assert_string_equal(o.set, "b");
	assert_null(o.shared.title);
}

static void operands(void **state)
{
	struct options o;

	(void)state;
	accepts(&o, "a -a - b", "a;-;b;");
	assert_true(o.all);
	accepts(&o, "a -- -a --help -- b", "a;-a;--help;--;b;");
	assert_false(o.all);
	accepts(&o, "a --help b -x", "a;?;");
	accepts(&o, "a -h b -x", "a;?;");
	accepts(&o, "-ah --bogus", "?;");
	assert_true(o.all);
}

/* An operand is returned before the options after it are stored: the caller may stop
 * there. */
static void stops_at_operand(void **state)
{
	char *argv[] = {"command", "-a", "--", "run", "-F", "x", NULL};
	struct options o = {0};
	struct option_reader reader;
	const char *operand;
	struct error err;

	(void)state;
	option_reader_init(&reader, groups, &o, (int)array_size(argv) - 1, argv);
	assert_int_equal(option_reader_next(&reader, &operand, &err), 1);
	assert_true(o.all && reader.is_past_end_mark);
	assert_int_equal(reader.next, 4);
	assert_ptr_equal(operand, argv[3]);
}

static void unknown_options(void **state)
{
	(void)state;
	refuses("-x", "unknown option '-x'");
	refuses("-ax", "unknown option '-x'");
	refuses("--bogus=1", "unknown option '--bogus'");
	refuses("--=1", "unknown option '--'");
	refuses("--l 1", "ambiguous option '--l': '--level' or '--limit'");
	refuses("-o", "option '-o' needs a value");
	refuses("--output", "option '--output' needs a value");
	refuses("--outp", "option '--output' needs a value");
	refuses("--all=1", "option '--all' takes no value");
	refuses("---", "unknown option '---'");
}

static void wrong_values(void **state)
{
	static const char *const numbers[] = {
		"0x1", "1e3", "-1", "+1",  "1.5",
		"",    "0",   "1x", "1,2", "18446744073709551616"};
	char line[64], message[200];

	(void)state;
	for (size_t i = 0; i < array_size(numbers); i++) {
		snprintf(line, sizeof(line), "--freq=%s", numbers[i]);
		snprintf(message, sizeof(message),
			 "invalid freq '%s': expected a whole number from 1 up",
			 numbers[i]);
		refuses(line, message);
	}
	refuses("-z23", "invalid level '23': expected 1 to 22");
	refuses("-z0", "invalid level '0': expected 1 to 22");
	refuses("--width 4294967296",
		"invalid width '4294967296': expected a whole number");
	refuses("--colour blue", "invalid colour 'blue': expected red or green");
	refuses("--percent 0.4", "invalid percent '0.4': expected 0.5 to 100");
	refuses("--percent 100.1", "invalid percent '100.1': expected 0.5 to 100");
	refuses("--percent 1%", "invalid percent '1%': expected 0.5 to 100");
	refuses("--stack 0", "invalid stack '0': expected a multiple of 8");
	refuses("--stack 12", "invalid stack '12': expected a multiple of 8");
	refuses("--stack 72", "invalid stack '72': expected a multiple of 8");
	refuses("--bytes 0", "invalid bytes '0'");
	refuses("--bytes 1T", "invalid bytes '1T'");
	refuses("--time 1h", "invalid time '1h'");
	refuses("-s x", "invalid text 'x': expected no x");
}

static void help_lines(void **state)
{
	static const struct option_spec first[] = {
		{"all", 'a', NULL, "everything", OPTION_FLAG(struct options, all)},
		{"level", 'z', "N", "level", .is_optional = true, .alias = "grade",
		 OPTION_NUMBER(struct options, level, 1, 9)},
		{"rate", 0, "HZ", NULL, OPTION_NUMBER(struct options, rate, 0, 0)},
		{0},
	};
	static const struct option_spec second[] = {
		{"all", 0, NULL, "hidden", OPTION_FLAG(struct options, all)},
		{"title", 0, "A-LONG-VALUE",
		 "words up to the last column of a line, which is column 79 and then on "
		 "the next line",
		 OPTION_TEXT(struct options, output)},
		{0},
	};
	static const struct option_group both[] = {
		{"first", first, 0}, {"second", second, 0}, {0}};
	scoped(out_free) struct out *out = out_memory();

	(void)state;
	option_help_write(out, both);
	out_char(out, '\0');
	assert_string_equal(
		out_data(out),
		"first:\n"
		"  -a, --all           everything\n"
		"  -z[N], --level[=N]  level (also --grade)\n"
		"\n"
		"second:\n"
		"      --title A-LONG-VALUE\n"
		"                      words up to the last column of a line, which is "
		"column 79\n"
		"                      and then on the next line\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),	   cmocka_unit_test(values),
		cmocka_unit_test(operands),	   cmocka_unit_test(stops_at_operand),
		cmocka_unit_test(unknown_options), cmocka_unit_test(wrong_values),
		cmocka_unit_test(help_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
