#include "flow/input_format.h"
#include "flow/loader.h"
#include "record/data/recording.h"

static int recording_knows(struct input *in, struct error *err)
{
	(void)err;
	return recording_is_start(in->start, in->n_start);
}

static int recording_read(struct input *in, const struct load_options *options,
			  struct input_data *data, struct error *err)
{
	data->has_weights = true;
	return load_recording(data, in->path, options, err);
}

const struct input_format input_recording = {
	.name = "recording",
	.noun = "recording",
	.is_recording = true,
	.knows = recording_knows,
	.read = recording_read,
};
