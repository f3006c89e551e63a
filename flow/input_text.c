#include "base/mem.h"
#include "flow/input_data.h"
#include "flow/input_format.h"
#include "fold/folded.h"
#include "fold/text_formats.h"

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

static void result_store(struct input_data *data, const struct text_read_options *options,
			 const struct text_read_result *result)
{
	struct run_info *info = &data->run_info;

	if (result->has_other_events && !options->event)
		vec_push(&data->notes,
			 mem_format("several events were sampled; this is %s, the "
				    "first one (--event-filter)",
				    result->event));
	if (*result->event)
		info->event = run_info_text(info, result->event);
	data->has_weights = profile_has_weights(&data->profile);
}

static struct text_read_options read_options(const struct load_options *options)
{
	return (struct text_read_options){
		.pid = options->selection.pid,
		.tid = options->selection.tid,
		.addrs = options->addrs,
		.exact = options->exact,
		.event = options->selection.event,
	};
}

static int text_load(struct input *in, const struct load_options *options,
		     struct input_data *data, struct error *err)
{
	const struct text_read_options reading = read_options(options);
	struct text_read_result result;
	size_t size;
	const char *text = input_text(in, &size, err);

	if (!text)
		return -1;
	data->text = options->text ? options->text : text_format_of(text, size);
	data->text->read(&data->profile, text, size, &reading, &result);
	if (result.overflow_line)
		return error_set(
			err,
			"line %zu of '%s': the numbers up to here add up to 2^64 "
			"or more",
			result.overflow_line, in->name);
	/* Unknown input is read as folded stacks. */
	if (data->text == &folded_format && result.bad_lines &&
	    data->profile.nodes.n == 1)
		return error_set(err, "'%s' is neither a recording nor folded stacks",
				 in->name);
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
