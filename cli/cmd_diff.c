#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/diff_arguments.h"
#include "cli/message.h"
#include "diff/fail_on.h"
#include "flow/comparing.h"
#include "render/changes.h"

#include <string.h>

static int write_result(const struct diff_arguments *a, struct error *err)
{
	scoped(out_free) struct out *out = out_open("-", 0, err);
	const struct comparison *c = &a->comparing.result;

	if (a->format == DIFF_FORMAT_JSON)
		changes_write_json(out, c, a->changes.limit);
	else if (a->format == DIFF_FORMAT_CSV)
		changes_write_csv(out, c, a->changes.limit);
	else
		changes_write_table(out, c, &a->changes);
	return out_commit(out, err);
}

/* The name of a side in the picture: its first file, and the number of further files. */
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

static const struct run_info *side_run_info(const struct comparing *c, enum side side)
{
	size_t i = 0;

	while (c->files.items[i].side != (int)side)
		i++;
	return &c->runs[i].run_info;
}

/* Whether the picture goes to standard output, without the table. */
static bool is_piped(const struct diff_arguments *a)
{
	return !a->no_svg && a->output && strcmp(a->output, "-") == 0;
}

static int draw(const struct diff_arguments *a, struct error *err)
{
	const struct comparing *c = &a->comparing;
	const char *path = a->output ? a->output : "diff.svg";
	scoped(out_free) struct out *out = out_open(path, 0, err);
	scoped(mem_release) char *before = side_name(c, BEFORE);
	scoped(mem_release) char *after = side_name(c, AFTER);
	const struct svg_side sides[SIDES] = {
		[BEFORE] = {before, side_run_info(c, BEFORE)},
		[AFTER] = {after, side_run_info(c, AFTER)},
	};

	if (!out)
		return -1;
	svg_write_comparison(out, &c->result, sides, &a->picture.svg);
	if (out_commit(out, err) < 0)
		return -1;
	if (!a->output)
		say("wrote %s", path);
	return 0;
}

static void print_held(const struct diff_condition *condition, const struct comparison *c,
		       const struct function_change *f)
{
	bool is_self = condition->fail_on.by_self || f->total.verdict == VERDICT_NONE;
	const struct change *change = is_self ? &f->self : &f->total;
	double scale = comparison_scale(c);

	say("--fail-on '%s' holds: %s of %s: %.4g -> %.4g %s, %s", condition->text,
	    is_self ? "self" : "total", frame_name(&c->profile.frames, f->frame),
	    change->value[BEFORE] * scale, change->value[AFTER] * scale,
	    comparison_unit(c), verdict_name(change->verdict));
}

/* Prints each condition that holds. Returns EXIT_HELD if there is one, else EXIT_DONE. */
static int check_conditions(const struct diff_arguments *a)
{
	const struct comparison *c = &a->comparing.result;
	const struct diff_condition *condition;
	int status = EXIT_DONE;

	vec_each(condition, &a->conditions) {
		const struct function_change *f = fail_on_find(&condition->fail_on, c);

		if (!f)
			continue;
		print_held(condition, c, f);
		status = EXIT_HELD;
	}
	return status;
}

/* Prints the notes of all inputs. Returns EXIT_FAILED if one of them is damaged, else EXIT_DONE. */
static int print_all_notes(const struct comparing *c)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < c->files.n; i++)
		if (print_notes(&c->runs[i]) != EXIT_DONE)
			status = EXIT_FAILED;
	return status;
}

static int cmd_diff(int argc, char **argv)
{
	scoped(diff_arguments_release) struct diff_arguments a;
	struct error err;
	int status, held;

	diff_arguments_init(&a);
	status = diff_arguments_read(&a, argc, argv);
	if (status != COMMAND_LINE_VALID)
		return status;
	if (comparing_make(&a.comparing, &err) < 0 ||
	    (!is_piped(&a) && write_result(&a, &err) < 0) ||
	    (!a.no_svg && draw(&a, &err) < 0))
		return fail(&err);
	status = print_all_notes(&a.comparing);
	held = check_conditions(&a);
	return status == EXIT_DONE ? held : status;
}

const struct command command_diff = {
	.name = "diff",
	.summary = "show what changed between two recordings",
	.groups = diff_groups,
	.run = cmd_diff,
};
