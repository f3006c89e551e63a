#include "base/mem.h"
#include "base/parse.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/load_options.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "cli/picture_options.h"
#include "diff/fail_on.h"
#include "flow/comparing.h"
#include "render/changes.h"

#include <stdlib.h>
#include <string.h>

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

enum option_value {
	OPTION_AFTER = 'a',
	OPTION_BEFORE = 'b',
	OPTION_FAIL_ON = PICTURE_LAST + 1,
	OPTION_FDR,
	OPTION_FORCE,
	OPTION_FORMAT,
	OPTION_NO_SVG,
	OPTION_SHARE,
	OPTION_WORK,
	OPTION_WORK_AFTER,
	OPTION_WORK_BEFORE,
};

struct options {
	struct comparing comparing;
	struct changes_options changes;
	bool has_limit;
	enum format format;
	struct picture_options picture;
	const char *output; /* of the picture, NULL: diff.svg */
	bool no_svg;
	VEC(struct fail_on) fail_on;
	VEC(const char *) fail_on_text;
	int side; /* of the files that follow, -1: none was named */
};

static void options_release(struct options *o)
{
	comparing_release(&o->comparing);
	vec_release(&o->fail_on);
	vec_release(&o->fail_on_text);
}

/* --by says what the roots of stacks are, too. */
static int take_by(struct options *o, const char *word)
{
	bool by_self = strcmp(word, "self") == 0;

	if (!by_self && strcmp(word, "total") != 0)
		return load_option_take(&o->comparing.load, LOAD_BY, word, &command_diff);
	o->changes.by_self = o->comparing.diff.by_self = by_self;
	return EXIT_DONE;
}

static int take_format(struct options *o, const char *word)
{
	static const char *const words[] = {"table", "json", "csv"};

	for (size_t i = 0; i < array_size(words); i++)
		if (strcmp(words[i], word) == 0) {
			o->format = (enum format)i;
			return EXIT_DONE;
		}
	return usage(&command_diff, "a format is table, json or csv, not '%s'", word);
}

static int take_fail_on(struct options *o, const char *text)
{
	struct fail_on condition;
	struct error err;

	if (fail_on_parse(&condition, text, &err) < 0)
		return usage(&command_diff, "%s", err.text);
	vec_push(&o->fail_on, condition);
	vec_push(&o->fail_on_text, text);
	return EXIT_DONE;
}

/* A number above 0 that 'end' stands behind. */
static bool parse_number(const char *text, char end, double *value)
{
	char *stop;

	*value = strtod(text, &stop);
	return stop != text && *stop == end && *value > 0 && *value < 1e18;
}

static int take_work(struct options *o, int opt, const char *text)
{
	double *work = o->comparing.work;
	const char *colon = strchr(text, ':');
	bool is_right;

	o->comparing.diff.measure = MEASURE_WORK;
	if (opt == OPTION_WORK)
		is_right = colon && parse_number(text, ':', &work[BEFORE]) &&
			   parse_number(colon + 1, '\0', &work[AFTER]);
	else
		is_right = parse_number(text, '\0',
					&work[opt == OPTION_WORK_AFTER ? AFTER : BEFORE]);
	return is_right ? EXIT_DONE
			: usage(&command_diff, "'%s' is no amount of work", text);
}

static int take_fdr(struct options *o, const char *text)
{
	const char *end = strchrnul(text, '%');
	double percent;

	if (!parse_number(text, *end, &percent) || strlen(end) > 1 || percent >= 100)
		return usage(&command_diff, "'%s' is no percentage", text);
	o->comparing.diff.fdr = percent / 100;
	return EXIT_DONE;
}

static int take_limit(struct options *o, const char *text)
{
	uint64_t limit;

	if (!parse_u64(text, &limit))
		return usage(&command_diff, "'%s' is no number of lines", text);
	o->changes.limit = limit;
	o->has_limit = true;
	return EXIT_DONE;
}

static int take_option(struct options *o, int opt, char **argv)
{
	switch (opt) {
	case 1:
		comparing_add(&o->comparing, o->side, optarg);
		return EXIT_DONE;
	case OPTION_AFTER:
	case OPTION_BEFORE:
		o->side = opt == OPTION_AFTER ? AFTER : BEFORE;
		comparing_add(&o->comparing, o->side, optarg);
		return EXIT_DONE;
	case LOAD_BY:
		return take_by(o, optarg);
	case OPTION_FAIL_ON:
		return take_fail_on(o, optarg);
	case OPTION_FDR:
		return take_fdr(o, optarg);
	case OPTION_FORCE:
		o->comparing.force = true;
		return EXIT_DONE;
	case OPTION_FORMAT:
		return take_format(o, optarg);
	case 'n':
		return take_limit(o, optarg);
	case OPTION_NO_SVG:
		o->no_svg = true;
		return EXIT_DONE;
	case 'o':
		o->output = optarg;
		return EXIT_DONE;
	case PICTURE_FIRST ... PICTURE_LAST:
		return picture_option_take(&o->picture, opt, optarg, &command_diff);
	case OPTION_SHARE:
		o->comparing.share = true;
		return EXIT_DONE;
	case OPTION_WORK:
	case OPTION_WORK_AFTER:
	case OPTION_WORK_BEFORE:
		return take_work(o, opt, optarg);
	case '?':
	case ':':
		return usage_getopt(&command_diff, argv);
	default:
		return load_option_take(&o->comparing.load, opt, optarg, &command_diff);
	}
}

static size_t files_of(const struct comparing *c, int side)
{
	size_t n = 0;

	for (size_t i = 0; i < c->files.n; i++)
		n += c->files.items[i].side == side;
	return n;
}

/* Sets the sides of two files without options. */
static int check(struct comparing *c)
{
	if (c->files.n == 2 && files_of(c, -1) == 2) {
		c->files.items[0].side = BEFORE;
		c->files.items[1].side = AFTER;
	}
	if (files_of(c, -1) || !files_of(c, BEFORE) || !files_of(c, AFTER))
		return usage(&command_diff,
			     "BEFORE and AFTER are wanted, or --before FILE... "
			     "and --after FILE...");
	if (c->diff.measure != MEASURE_WORK)
		return EXIT_DONE;
	if (c->share)
		return usage(&command_diff, "--share and --work exclude each other");
	if (!(c->work[BEFORE] > 0) || !(c->work[AFTER] > 0))
		return usage(&command_diff, "the work of both sides is wanted");
	return EXIT_DONE;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		LOAD_OPTIONS,
		{"after", required_argument, NULL, OPTION_AFTER},
		{"before", required_argument, NULL, OPTION_BEFORE},
		{"fail-on", required_argument, NULL, OPTION_FAIL_ON},
		{"fdr", required_argument, NULL, OPTION_FDR},
		{"force", no_argument, NULL, OPTION_FORCE},
		{"format", required_argument, NULL, OPTION_FORMAT},
		{"limit", required_argument, NULL, 'n'},
		{"no-svg", no_argument, NULL, OPTION_NO_SVG},
		{"output", required_argument, NULL, 'o'},
		PICTURE_OPTIONS,
		{"share", no_argument, NULL, OPTION_SHARE},
		{"work", required_argument, NULL, OPTION_WORK},
		{"work-after", required_argument, NULL, OPTION_WORK_AFTER},
		{"work-before", required_argument, NULL, OPTION_WORK_BEFORE},
		{0},
	};
	int opt, status;

	/* '-' first: files come in the order in which they stand, as option 1. */
	while ((opt = getopt_long(argc, argv, "-:n:o:", longs, NULL)) != -1) {
		status = take_option(o, opt, argv);
		if (status != EXIT_DONE)
			return status;
	}
	for (int i = optind; i < argc; i++)
		comparing_add(&o->comparing, o->side, argv[i]);
	return check(&o->comparing);
}

static int write_result(const struct options *o, struct error *err)
{
	scoped(out_free) struct out *out = out_open("-", 0, err);
	const struct comparison *c = &o->comparing.result;

	if (o->format == FORMAT_JSON)
		changes_write_json(out, c, o->changes.limit);
	else if (o->format == FORMAT_CSV)
		changes_write_csv(out, c, o->changes.limit);
	else
		changes_write_table(out, c, &o->changes);
	return out_commit(out, err);
}

/* What the picture calls a side: its first file, and how many more there are. */
static char *side_name(const struct comparing *c, enum side side)
{
	const struct compared_file *file;
	const char *name = NULL, *slash;
	size_t more = 0;

	vec_each(file, &c->files) {
		if (file->side != (int)side)
			continue;
		more += name != NULL;
		name = name ? name : file->path;
	}
	slash = strrchr(name, '/');
	name = slash ? slash + 1 : name;
	return more ? mem_format("%s and %zu more", name, more)
		    : mem_str(name, strlen(name));
}

static const struct run_info *side_conditions(const struct comparing *c, enum side side)
{
	size_t i = 0;

	while (c->files.items[i].side != (int)side)
		i++;
	return &c->runs[i].run_info;
}

/* Whether the picture takes standard output for itself. */
static bool is_piped(const struct options *o)
{
	return !o->no_svg && o->output && strcmp(o->output, "-") == 0;
}

static int draw(const struct options *o, struct error *err)
{
	const struct comparing *c = &o->comparing;
	const char *path = o->output ? o->output : "diff.svg";
	scoped(out_free) struct out *out = out_open(path, 0, err);
	scoped(mem_release) char *before = side_name(c, BEFORE);
	scoped(mem_release) char *after = side_name(c, AFTER);
	const struct svg_side sides[SIDES] = {
		[BEFORE] = {before, side_conditions(c, BEFORE)},
		[AFTER] = {after, side_conditions(c, AFTER)},
	};

	if (!out)
		return -1;
	svg_write_comparison(out, &c->result, sides, &o->picture.svg);
	if (out_commit(out, err) < 0)
		return -1;
	if (!o->output)
		say("wrote %s", path);
	return 0;
}

/* EXIT_HELD, with the reason told, where one of the conditions does hold. */
static int check_conditions(const struct options *o)
{
	const struct comparison *c = &o->comparing.result;
	int status = EXIT_DONE;

	for (size_t i = 0; i < o->fail_on.n; i++) {
		const struct fail_on *condition = &o->fail_on.items[i];
		const struct function_change *f = fail_on_find(condition, c);
		const struct change *change;

		if (!f)
			continue;
		change = condition->by_self || f->total.verdict == VERDICT_NONE
				 ? &f->self
				 : &f->total;
		say("--fail-on '%s' holds: %s of %s: %.4g -> %.4g %s, %s",
		    o->fail_on_text.items[i], change == &f->self ? "self" : "total",
		    frame_name(&c->profile.frames, f->frame),
		    change->value[BEFORE] * comparison_scale(c),
		    change->value[AFTER] * comparison_scale(c), comparison_unit(c),
		    verdict_name(change->verdict));
		status = EXIT_HELD;
	}
	return status;
}

/* Prints the notes of all inputs. Returns the exit status. */
static int print_all_notes(const struct comparing *c)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < c->files.n; i++)
		if (print_notes(&c->runs[i]) != EXIT_DONE)
			status = EXIT_FAILED;
	return status;
}

static int run(int argc, char **argv)
{
	scoped(options_release) struct options o = {
		.changes = {.limit = 30, .width = terminal_width()}, .side = -1};
	struct error err;
	int status, told;

	comparing_init(&o.comparing);
	status = parse(argc, argv, &o);
	if (status != EXIT_DONE)
		return status;
	if (o.format != FORMAT_TABLE && !o.has_limit)
		o.changes.limit = 0;
	if (comparing_make(&o.comparing, &err) < 0 ||
	    (!is_piped(&o) && write_result(&o, &err) < 0) ||
	    (!o.no_svg && draw(&o, &err) < 0))
		return fail(&err);
	told = print_all_notes(&o.comparing);
	status = check_conditions(&o);
	return told == EXIT_DONE ? status : told;
}

const struct command command_diff = {
	.name = "diff",
	.run = run,
	.summary = "tell what changed between two recordings",
	.help = "usage: flame diff [options] BEFORE AFTER [-o FILE.svg]\n"
		"       flame diff [options] --before FILE... --after FILE...\n"
		"\n"
		"Prints the functions that cost more or less after than before, the "
		"most\n"
		"important first, and draws them as a flame graph of both: total (with "
		"all that they called) before and after, "
		"the\n"
		"differences of total and of self with their 95 % intervals, and a "
		"verdict:\n"
		"more, less, new, gone, moved (as much as before, but under other "
		"callers).\n"
		"A difference gets its verdict from how much the samples vary over the "
		"time of\n"
		"the runs, or between several runs of a side; what may be chance gets "
		"none.\n"
		"\n"
		"FILE is a recording of flame or perf, folded text, what 'perf script' "
		"printed,\n"
		"or a picture that flame drew. Recordings are compared by CPU time per "
		"second\n"
		"(100 % is one CPU), the others by shares. Hashes, addresses and numbers "
		"in\n"
		"names, and what compilers put behind them, may differ, unless there is "
		"--exact.\n"
		"\n"
		"Draws both sides as one flame graph, which shows before, after, and "
		"what\n"
		"changed: orange takes more, blue less, grey is no evidence.\n"
		"\n"
		"  -o, --output FILE   the picture (default diff.svg; '-' is standard "
		"output,\n"
		"                      without the table)\n"
		"      --no-svg        no picture\n"
		"      --by total|self figures and order by total (default) or by self\n"
		"  -n, --limit N       lines of the table (default 30, 0: all); what is "
		"new or\n"
		"                      gone and was 1 % has its line in any case\n"
		"      --format FORMAT table (default), json or csv\n"
		"      --share         compare shares of all samples\n"
		"      --work N:M      compare CPU time per unit of work: N were done in "
		"the\n"
		"                      runs before, M after; also --work-before, "
		"--work-after\n"
		"      --fdr PCT       share of the verdicts that may be wrong (default "
		"5)\n"
		"      --fail-on COND  exit with 3 where COND holds: 'total(NAME) > "
		"+2%',\n"
		"                      'self(NAME) < -1%' (NAME with '*' for anything), "
		"'any'\n"
		"      --force         compare unlike events all the "
		"same\n" PICTURE_OPTIONS_HELP LOAD_OPTIONS_HELP,
};
