#include "base/mem.h"
#include "base/scoped.h"
#include "flow/encoded/file_look.h"
#include "flow/encoded/text_encoding.h"
#include "flow/input_data.h"
#include "flow/input_format.h"
#include "flow/text_selection.h"
#include "fold/folded.h"
#include "fold/perf_script.h"
#include "fold/text_formats.h"
#include "symbolize/demangle.h"

/* Any input may be text: text_load() refuses text without stacks. */
static int text_knows(struct input *in, struct error *err)
{
	(void)in;
	(void)err;
	return 1;
}

static void note_bad_lines(struct input_data *data, const char *input_name,
			   const struct text_read_result *result)
{
	const char *expected = data->text->line_name;

	if (result->bad_lines == 1)
		vec_push(&data->notes,
			 mem_format("skipped line %zu of '%s': not a %s",
				    result->first_bad_line, input_name, expected));
	else if (result->bad_lines)
		vec_push(&data->notes,
			 mem_format("skipped %zu lines of '%s', the first one is line "
				    "%zu: not a %s",
				    result->bad_lines, input_name, result->first_bad_line,
				    expected));
}

/* Names the events of a text, the first ones if there are many. mem_free() frees it. */
static char *event_list(const struct text_read_result *result)
{
	enum { SHOWN = 8 };
	size_t n = result->event_samples.n, found = 0;
	scoped(mem_release) const char **names = mem_new(n, sizeof(*names));

	for (uint32_t i = 1; i < n; i++)
		if (result->event_samples.items[i])
			names[found++] = strtab_str(&result->events, i);
	return mem_list(names, found, SHOWN);
}

static int check_event(const struct text_read_result *result, const char *wanted,
		       const char *input_name, struct error *err)
{
	scoped(mem_release) char *events = NULL;

	if (!wanted || result->event || text_read_result_events(result) == 0)
		return 0;
	events = event_list(result);
	return error_set(err, "'%s' has no event '%s'; there are %s", input_name, wanted,
			 events);
}

static void result_store(struct input_data *data, const struct text_read_options *options,
			 const struct text_read_result *result)
{
	struct run_info *info = &data->run_info;
	size_t n_events = text_read_result_events(result);

	if (result->has_other_events && !options->event)
		vec_push(&data->notes,
			 mem_format("%zu events were sampled; this is %s, the first one "
				    "(--event chooses)",
				    n_events, text_read_result_event(result)));
	if (result->event == TEXT_EVENT_ALL && n_events > 1 && !options->event)
		vec_push(&data->notes,
			 mem_format("%zu events were sampled, without stacks; these are "
				    "all (--event chooses)",
				    n_events));
	if (result->event == TEXT_EVENT_ALL && n_events > 1)
		info->event = run_info_text(info, "all events");
	else if (*text_read_result_event(result))
		info->event = run_info_text(info, text_read_result_event(result));
	/* Periods of different events are no sum. */
	data->has_weights = profile_has_weights(&data->profile) &&
			    !(result->event == TEXT_EVENT_ALL && n_events > 1);
}

static struct text_read_options read_options(const struct load_options *options,
					     struct input_data *data)
{
	return (struct text_read_options){
		.pid = options->selection.pid,
		.tid = options->selection.tid,
		.addrs = options->addrs,
		.lines = options->lines,
		.exact = options->exact,
		.event = options->selection.event,
		.demangle = options->exact ? NULL : demangle,
		.timeline = options->text_slices ? &data->timeline : NULL,
		.slices = options->slices,
	};
}

/* Refuses data of a format that flame does not read, and names the format. */
static int refuse_look(const char *noun, const char *input_name, struct error *err)
{
	return noun ? error_set(err, "'%s' looks like %s", input_name, noun) : 0;
}

static void note_fractions(struct input_data *data, const char *input_name,
			   const struct text_read_result *result)
{
	data->decimals = result->decimals;
	if (result->decimals)
		vec_push(
			&data->notes,
			mem_format("'%s' has fractions: its samples are counted in units "
				   "of 1e-%u",
				   input_name, result->decimals));
}

static int result_check(struct input_data *data, const struct load_options *options,
			const struct text_read_result *result, const char *input_name,
			struct error *err)
{
	if (result->overflow_line)
		return error_set(
			err,
			"line %zu of '%s': the numbers up to here add up to 2^64 "
			"or more",
			result->overflow_line, input_name);
	/* Unknown input is read as folded stacks. */
	if (data->text == &folded_format && result->bad_lines &&
	    (data->profile.nodes.n == 1 ||
	     (!options->text && result->bad_lines > result->good_lines)))
		return error_set(err, "'%s' is neither a recording nor folded stacks",
				 input_name);
	if (data->text == &folded_format && !options->text && result->good_lines > 1 &&
	    result->two_column_lines == result->good_lines)
		return error_set(
			err,
			"'%s' has two columns of counts, as difffolded.pl writes "
			"them: give both of its inputs to 'flame diff', or use "
			"--from folded",
			input_name);
	return check_event(result, options->selection.event, input_name, err);
}

static int text_load(struct input *in, const struct load_options *options,
		     struct input_data *data, struct error *err)
{
	struct text_read_options reading = read_options(options, data);
	scoped(text_read_result_release) struct text_read_result result = {0};
	scoped(text_selection_release) struct text_selection selection = {0};
	scoped(mem_release) char *decoded = NULL;
	char *note;
	size_t size;
	const char *text = input_text(in, &size, err);

	if (!text)
		return -1;
	text = text_decode(text, &size, &decoded);
	if (!options->text &&
	    refuse_look(file_look_binary(text, size), in->name, err) < 0)
		return -1;
	data->text = options->text ? options->text : text_format_of(text, size);
	if (data->text != &perf_script_format || options->exact)
		if (text_selection_refuse(&options->selection, in->name, err) < 0)
			return -1;
	reading.selector = text_selection_begin(&selection, &options->selection);
	data->text->read(&data->profile, text, size, &reading, &result);
	if (result_check(data, options, &result, in->name, err) < 0) {
		/* Lines that do not fit have a cause. */
		if (!options->text && result.bad_lines > result.good_lines)
			(void)refuse_look(file_look_text(text, size), in->name, err);
		return -1;
	}
	if (text_selection_end(&selection, in->name, &note, err) < 0)
		return -1;
	if (note)
		vec_push(&data->notes, note);
	note_fractions(data, in->name, &result);
	note_bad_lines(data, in->name, &result);
	result_store(data, &reading, &result);
	return 0;
}

const struct input_format input_text_stacks = {
	.noun = "text",
	.folds_weights = true,
	.knows = text_knows,
	.read = text_load,
};
