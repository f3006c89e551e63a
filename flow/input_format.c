#include "flow/input_format.h"

#include "base/scoped.h"
#include "flow/input_data.h"
#include "fold/text_formats.h"

#include <assert.h>
#include <string.h>

/* In the order in which an input is tried: formats that are known by their first bytes,
 * then text. */
static const struct input_format *const formats[] = {
	&input_recording,
	&input_picture,
	&input_text_stacks,
};

bool input_format_choose(struct load_options *options, const char *name)
{
	options->from = NULL;
	options->text = NULL;
	for (size_t i = 0; i < array_size(formats) && !options->from; i++)
		if (formats[i]->name && strcmp(formats[i]->name, name) == 0)
			options->from = formats[i];
	if (options->from)
		return true;
	options->text = text_format_named(name);
	if (options->text)
		options->from = &input_text_stacks;
	return options->text != NULL;
}

const struct input_format *input_format_find(struct input *in, struct error *err)
{
	for (size_t i = 0; i < array_size(formats); i++) {
		int known = formats[i]->knows(in, err);

		if (known)
			return known > 0 ? formats[i] : NULL;
	}
	assert(0 && "the last format knows every input");
	return NULL;
}

int input_data_load(struct input_data *data, const char *path,
		    const struct load_options *options, struct error *err)
{
	scoped(input_release) struct input in;

	if (input_open(&in, path, err) < 0)
		return -1;
	if (!options->from && !in.n_start)
		return error_set(err, "'%s' is empty", in.name);
	data->format = options->from ? options->from : input_format_find(&in, err);
	if (!data->format)
		return -1;
	/* A recording is a private file, before a pipe as well. */
	data->readers =
		in.is_pipe && data->format->is_recording ? readers_private() : in.readers;
	if (data->format->read(&in, options, data, err) < 0)
		return -1;
	if (data->profile.has_overflow || data->timeline.has_overflow ||
	    !run_info_adds_up(&data->run_info))
		return error_set(err, "'%s': its numbers add up to 2^64 or more",
				 in.name);
	return 0;
}

int input_data_load_contained(struct input_data *data, struct contained *c,
			      const char *path, struct load_options *options,
			      struct error *err)
{
	input_data_init(data);
	options->marks = contained_marks(c);
	options->slow = contained_slow_files(c);
	return input_data_load(data, path, options, err);
}
