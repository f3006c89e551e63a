#include "flow/input_data.h"
#include "flow/input_format.h"
#include "flow/text_selection.h"
#include "render/data/svg_read.h"

static int picture_knows(struct input *in, struct error *err)
{
	(void)err;
	return svg_knows(in->start, in->n_start);
}

static int picture_read(struct input *in, const struct load_options *options,
			struct input_data *data, struct error *err)
{
	size_t size;
	const char *text = input_text(in, &size, err);

	if (!text || text_selection_refuse(&options->selection, in->name, err) < 0)
		return -1;
	if (svg_read(&data->profile, &data->timeline, &data->run_info, text, size, err) <
	    0)
		return error_while(err, "'%s'", in->name);
	/* A picture of folded text has none. */
	data->has_weights = profile_has_weights(&data->profile);
	return 0;
}

const struct input_format input_picture = {
	.name = "picture",
	.noun = "picture",
	.knows = picture_knows,
	.read = picture_read,
};
