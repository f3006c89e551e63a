#include "cli/diff_arguments.h"

#include "base/parse.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/load_options.h"
#include "cli/message.h"
#include "cli/picture_options.h"
#include "options/terminal.h"

#include <float.h>
#include <string.h>

enum { NO_SIDE = -1, TABLE_LINES = 30 };

/* Without --limit: all functions for programs, TABLE_LINES of them for people. */
#define LIMIT_DEFAULT SIZE_MAX

static bool side_begin(struct diff_arguments *a, int side, const char *path)
{
	a->side = side;
	file_comparison_add(&a->comparison, side, path);
	return true;
}

static bool set_before(void *group, const char *value)
{
	return side_begin(group, BEFORE, value);
}

static bool set_after(void *group, const char *value)
{
	return side_begin(group, AFTER, value);
}

/* Here --by has a second meaning next to that of other commands. */
static bool set_by(void *group, const char *value)
{
	struct diff_arguments *a = group;
	bool by_self = strcmp(value, "self") == 0;

	if (!by_self && strcmp(value, "total") != 0)
		return selection_parse_by(&a->comparison.load.selection, value);
	a->output_options.changes.by_self = a->comparison.diff.by_self = by_self;
	return true;
}

static bool set_fail_on(void *group, const char *value)
{
	struct diff_arguments *a = group;
	struct diff_condition condition = {.text = value};
	struct error err;

	if (fail_on_parse(&condition.fail_on, value, &err) < 0)
		return false;
	vec_push(&a->conditions, condition);
	return true;
}

static bool parse_positive(const char *text, size_t len, double *value)
{
	return parse_decimal_part(text, len, value) && *value > 0;
}

static bool set_work(void *group, const char *value)
{
	struct diff_arguments *a = group;
	double *work = a->comparison.work;
	const char *colon = strchr(value, ':');

	return colon && parse_positive(value, (size_t)(colon - value), &work[BEFORE]) &&
	       parse_positive(colon + 1, strlen(colon + 1), &work[AFTER]);
}

static bool add_work_log(void *group, const char *value)
{
	struct diff_arguments *a = group;

	vec_push(&a->comparison.work_logs, value);
	return true;
}

static bool set_fdr(void *group, const char *value)
{
	struct diff_arguments *a = group;
	size_t len = strlen(value);
	double percent;

	len -= len && value[len - 1] == '%';
	if (!parse_positive(value, len, &percent) || percent >= 100)
		return false;
	a->comparison.diff.fdr = percent / 100;
	return true;
}

/* The picture has an option of its own. */
static bool set_format(void *group, const char *value)
{
	struct diff_arguments *a = group;

	a->format = output_format_named(value);
	return a->format && a->format->write_comparison &&
	       a->format->kind != OUTPUT_PICTURE;
}

#define WORK .noun = "amount of work", .expected = "a number above 0"

static const struct option_spec diff_specs[] = {
	{"before", 0, "FILE...", "files from before the change, until --after",
	 OPTION_SETTER(set_before)},
	{"after", 0, "FILE...", "files from after the change, until --before",
	 OPTION_SETTER(set_after)},
	{"output", 'o', "FILE",
	 "the picture (default diff.svg); '-' is standard output, without the table",
	 OPTION_TEXT(struct diff_arguments, output)},
	{"no-svg", 0, NULL, "draw nothing", OPTION_FLAG(struct diff_arguments, no_svg)},
	{"limit", 'n', "N",
	 "lines of the table (default 30, 0: all; json and csv: all); a function of at "
	 "least 1 % that is new or gone always has a line in the table",
	 .noun = "number of lines",
	 OPTION_NUMBER(struct diff_arguments, output_options.changes.limit, 0, 0)},
	{"format", 0, "FORMAT", "table (default), json or csv", .noun = "format",
	 .expected = "table, json or csv", OPTION_SETTER(set_format)},
	{"csv-safe", 0, NULL,
	 "csv for spreadsheets: a name that begins like a formula gets a ' before it",
	 OPTION_FLAG(struct diff_arguments, output_options.changes.csv_safe)},
	{"by", 0, "WORD",
	 "order and figures by total (default) or by self; also the outermost frames "
	 "of the stacks: comm (default), pid, tid, cpu, container",
	 .noun = "value of --by",
	 .expected = "total, self, or a list of comm, pid, tid, cpu, container",
	 OPTION_SETTER(set_by)},
	{"share", 0, NULL, "compare shares of all samples",
	 OPTION_FLAG(struct diff_arguments, comparison.share)},
	{"work", 0, "N:M",
	 "compare CPU time per unit of work: N units before, M units after",
	 .noun = "amount of work", .expected = "N:M, two numbers above 0",
	 OPTION_SETTER(set_work)},
	{"work-before", 0, "N",
	 "units of work of the runs before; also give --work-after", WORK,
	 OPTION_DECIMAL(struct diff_arguments, comparison.work[BEFORE], DBL_TRUE_MIN,
			DBL_MAX)},
	{"work-after", 0, "M", "units of work of the runs after; also give --work-before",
	 WORK,
	 OPTION_DECIMAL(struct diff_arguments, comparison.work[AFTER], DBL_TRUE_MIN,
			DBL_MAX)},
	{"work-log", 0, "FILE",
	 "lines of a time (seconds since 1970, or since the start of the recording) and "
	 "the units of work done up to then; once for each recording, in their order",
	 OPTION_SETTER(add_work_log)},
	{"fdr", 0, "PCT", "share of verdicts that may be wrong (default 5 %)",
	 .noun = "percentage", .expected = "a number above 0 and below 100",
	 OPTION_SETTER(set_fdr)},
	{"spread", 0, "X",
	 "variance of the samples, as a multiple of that of independent samples (1); "
	 "default: measured over time and between runs, else estimated",
	 .noun = "spread", .expected = "a number above 0",
	 OPTION_DECIMAL(struct diff_arguments, comparison.diff.spread, DBL_TRUE_MIN,
			DBL_MAX)},
	{"fail-on", 0, "COND",
	 "exit with 3 if COND holds: 'total(NAME) > +2%', 'self(NAME) < -1%' ('*' in "
	 "NAME stands for any text), 'any'",
	 .noun = "condition",
	 .expected = "'total(NAME) > +2%', 'self(NAME) < -1%' or 'any'",
	 OPTION_SETTER(set_fail_on)},
	{"force", 0, NULL, "compare recordings of different events",
	 OPTION_FLAG(struct diff_arguments, comparison.force)},
	{"exact", 0, NULL,
	 "names match only if all bytes are equal; also fold perf script text exactly "
	 "as stackcollapse-perf.pl does",
	 OPTION_FLAG(struct diff_arguments, comparison.load.exact)},
	{0},
};

const struct option_group diff_groups[] = {
	{"options", diff_specs, 0},
	{"picture", picture_option_specs,
	 offsetof(struct diff_arguments, output_options)},
	{"input", load_option_specs, offsetof(struct diff_arguments, comparison.load)},
	{0},
};

void diff_arguments_init(struct diff_arguments *a)
{
	*a = (struct diff_arguments){
		.format = output_format_named("table"),
		.output_options.changes = {.limit = LIMIT_DEFAULT,
					   .width = terminal_width()},
		.side = NO_SIDE,
	};
	file_comparison_init(&a->comparison);
}

void diff_arguments_release(struct diff_arguments *a)
{
	file_comparison_release(&a->comparison);
	vec_release(&a->conditions);
}

/* Two files without options are BEFORE and AFTER. Any work is the measure. */
static int sides_check(struct file_comparison *c)
{
	if (c->files.n == 2 && file_comparison_count(c, NO_SIDE) == 2) {
		c->files.items[0].side = BEFORE;
		c->files.items[1].side = AFTER;
	}
	if (file_comparison_count(c, NO_SIDE) || !file_comparison_count(c, BEFORE) ||
	    !file_comparison_count(c, AFTER))
		return usage(&command_diff, "expected BEFORE and AFTER, or --before "
					    "FILE... and --after FILE...");
	if (!c->work_logs.n && !(c->work[BEFORE] > 0) && !(c->work[AFTER] > 0))
		return COMMAND_LINE_VALID;
	c->diff.measure = MEASURE_WORK;
	if (c->share)
		return usage(&command_diff, "--share and --work cannot be combined");
	if (c->work_logs.n && (c->work[BEFORE] > 0 || c->work[AFTER] > 0))
		return usage(&command_diff, "--work-log and --work cannot be combined");
	if (c->work_logs.n && c->work_logs.n != c->files.n)
		return usage(&command_diff, "give --work-log once for each recording");
	if (c->work_logs.n)
		return COMMAND_LINE_VALID;
	if (!(c->work[BEFORE] > 0) || !(c->work[AFTER] > 0))
		return usage(&command_diff,
			     "the work of one side is missing: give --work-before and "
			     "--work-after, or --work N:M");
	return COMMAND_LINE_VALID;
}

int diff_arguments_read(struct diff_arguments *a, int argc, char **argv)
{
	struct changes_options *changes = &a->output_options.changes;
	struct option_reader reader;
	const char *file;
	struct error err;
	int result, status;

	option_reader_init(&reader, diff_groups, a, argc, argv);
	while ((result = option_reader_next(&reader, &file, &err)) > 0)
		file_comparison_add(&a->comparison, a->side, file);
	status = command_line_end(&command_diff, &reader, result, &err);
	if (status != COMMAND_LINE_VALID)
		return status;
	if (changes->limit == LIMIT_DEFAULT)
		changes->limit = a->format->kind == OUTPUT_DATA ? 0 : TABLE_LINES;
	return sides_check(&a->comparison);
}
