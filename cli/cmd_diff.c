#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/diff_arguments.h"
#include "cli/message.h"
#include "cli/work.h"
#include "diff/fail_on.h"
#include "flow/output/output_path.h"
#include "flow/output/output_write.h"

#include <string.h>

/* Whether the picture goes to standard output, without the table. */
static bool is_piped(const struct diff_arguments *a)
{
	return !a->no_svg && a->output && strcmp(a->output, "-") == 0;
}

enum diff_output { DIFF_TABLE, DIFF_PICTURE, DIFF_OUTPUTS };

/* The outputs. A zeroed one is not written. */
struct diff_outputs {
	struct destination table, picture;
};

static void diff_outputs_release(struct diff_outputs *to)
{
	destination_release(&to->table);
	destination_release(&to->picture);
}

static const char *picture_path(const struct diff_arguments *a)
{
	return a->output ? a->output : "diff.svg";
}

static int diff_outputs_open(struct diff_outputs *to, const struct diff_arguments *a,
			     struct error *err)
{
	const struct compared_file *file;
	const char *const *log;

	if (!is_piped(a) && output_open(&to->table, "-", 0, err) < 0)
		return -1;
	if (!a->no_svg && output_open(&to->picture, picture_path(a),
				      a->output ? 0 : OUT_REGULAR, err) < 0)
		return -1;
	vec_each(file, &a->comparison.files)
		if (output_check_input(&to->table, file->path, err) < 0 ||
		    output_check_input(&to->picture, file->path, err) < 0)
			return -1;
	vec_each(log, &a->comparison.work_logs)
		if (output_check_input(&to->table, *log, err) < 0 ||
		    output_check_input(&to->picture, *log, err) < 0)
			return -1;
	return 0;
}

static int draw_picture(const struct diff_arguments *a, struct contained *c,
			struct error *err)
{
	if (output_write_comparison(c, DIFF_PICTURE, output_format_named("svg"),
				    &a->comparison, &a->output_options, err) < 0)
		return -1;
	if (!a->output)
		say("wrote %s", picture_path(a));
	return 0;
}

static void print_held(const struct diff_condition *condition, const struct comparison *c,
		       const struct function_change *f)
{
	bool is_self = condition->fail_on.by_self ||
		       (f->total.verdict == VERDICT_NONE && !f->total.is_common);
	const struct change *change = is_self ? &f->self : &f->total;
	double scale = comparison_scale(c);

	say("--fail-on '%s' holds: %s of %s: %.4g -> %.4g %s, %s", condition->text,
	    is_self ? "self" : "total", frame_name(&c->profile.frames, f->frame),
	    change->value[BEFORE] * scale, change->value[AFTER] * scale,
	    comparison_unit(c),
	    change->is_common ? "as most functions" : verdict_name(change->verdict));
}

/* Prints each condition that holds. Returns EXIT_HELD if there is one, else EXIT_DONE. */
static int check_conditions(const struct diff_arguments *a)
{
	const struct comparison *c = &a->comparison.result;
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

/* Prints the notes of all inputs. Returns EXIT_FAILED if one of them is damaged, else
 * EXIT_DONE. */
static int print_all_notes(const struct file_comparison *c)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < c->files.n; i++)
		if (print_notes(&c->inputs[i]) != EXIT_DONE)
			status = EXIT_FAILED;
	return status;
}

/* Runs in a sandbox. */
static int diff_run_contained(struct contained *c, void *arguments)
{
	struct diff_arguments *a = arguments;
	struct error err;
	int status, held;

	a->comparison.load.marks = contained_marks(c);
	a->comparison.load.slow = contained_slow_files(c);
	if (file_comparison_run(&a->comparison, &err) < 0 ||
	    (!is_piped(a) &&
	     output_write_comparison(c, DIFF_TABLE, a->format, &a->comparison,
				     &a->output_options, &err) < 0) ||
	    (!a->no_svg && draw_picture(a, c, &err) < 0))
		return fail(&err);
	status = print_all_notes(&a->comparison);
	held = check_conditions(a);
	return status == EXIT_DONE ? held : status;
}

static int contain(struct diff_arguments *a, struct diff_outputs *to)
{
	struct destination *const outputs[DIFF_OUTPUTS] = {&to->table, &to->picture};
	size_t n_files = a->comparison.files.n, n_logs = a->comparison.work_logs.n;
	size_t n = n_files + n_logs;
	scoped(mem_release) const char **paths = mem_new(n, sizeof(*paths));
	const struct contained_work work = {.run = diff_run_contained,
					    .data = a,
					    .files = {.inputs = paths, .n_inputs = n},
					    .outputs = outputs,
					    .n_outputs = DIFF_OUTPUTS};

	for (size_t i = 0; i < n_files; i++)
		paths[i] = a->comparison.files.items[i].path;
	for (size_t i = 0; i < n_logs; i++)
		paths[n_files + i] = a->comparison.work_logs.items[i];
	return work_run(&work);
}

static int cmd_diff(int argc, char **argv)
{
	scoped(diff_outputs_release) struct diff_outputs to = {0};
	scoped(diff_arguments_release) struct diff_arguments a;
	struct error err;
	int status;

	diff_arguments_init(&a);
	status = diff_arguments_read(&a, argc, argv);
	if (status != COMMAND_LINE_VALID)
		return status;
	return diff_outputs_open(&to, &a, &err) < 0 ? fail(&err) : contain(&a, &to);
}

const struct command command_diff = {
	.name = "diff",
	.summary = "show what changed between two recordings",
	.groups = diff_groups,
	.run = cmd_diff,
};
