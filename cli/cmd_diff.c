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

static const char *picture_path(const struct diff_arguments *a)
{
	return a->output ? a->output : "diff.svg";
}

static int outputs_open(const struct diff_arguments *a, struct destination *table,
			struct destination *picture, struct error *err)
{
	if (!is_piped(a) && output_open(table, "-", 0, err) < 0)
		return -1;
	if (a->no_svg)
		return 0;
	return output_open(picture, picture_path(a), a->output ? 0 : OUT_REGULAR, err);
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

/* Prints each condition that holds. Returns EXIT_HELD if there is one, else EXIT_DONE. */
static int check_conditions(const struct diff_arguments *a)
{
	const struct comparison *c = &a->comparison.result;
	const struct diff_condition *condition;
	int status = EXIT_DONE;

	vec_each(condition, &a->conditions) {
		const struct function_change *f = fail_on_find(&condition->fail_on, c);
		scoped(mem_release) char *text = NULL;

		if (!f)
			continue;
		text = fail_on_describe(&condition->fail_on, c, f);
		say("--fail-on '%s' holds: %s", condition->text, text);
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

static int files_compare(struct diff_arguments *a)
{
	scoped(destination_release) struct destination table = {0};
	scoped(destination_release) struct destination picture = {0};
	struct destination *const outputs[DIFF_OUTPUTS] = {&table, &picture};
	size_t n;
	scoped(mem_release) const char **paths =
		file_comparison_paths(&a->comparison, &n);
	const struct contained_work work = {.run = diff_run_contained,
					    .data = a,
					    .files = {.inputs = paths, .n_inputs = n},
					    .outputs = outputs,
					    .n_outputs = DIFF_OUTPUTS};
	struct error err;

	if (outputs_open(a, &table, &picture, &err) < 0)
		return fail(&err);
	for (size_t i = 0; i < n; i++)
		if (output_check_input(&table, paths[i], &err) < 0 ||
		    output_check_input(&picture, paths[i], &err) < 0)
			return fail(&err);
	return work_run(&work);
}

static int cmd_diff(int argc, char **argv)
{
	scoped(diff_arguments_release) struct diff_arguments a;
	int status;

	diff_arguments_init(&a);
	status = diff_arguments_read(&a, argc, argv);
	if (status != COMMAND_LINE_VALID)
		return status;
	return files_compare(&a);
}

const struct command command_diff = {
	.name = "diff",
	.summary = "show what changed between two recordings",
	.groups = diff_groups,
	.run = cmd_diff,
};
