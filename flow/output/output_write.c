#include "flow/output/output_write.h"

#include "base/scoped.h"

#include <assert.h>

int output_write(struct contained *c, uint32_t number, const struct output_format *format,
		 const struct input_data *data, const struct output_options *options,
		 struct error *err)
{
	scoped(out_free) struct out *out =
		contained_create(c, number, &data->readers, err);

	assert(format && format->write);
	if (!out)
		return -1;
	format->write(out, data, options);
	return contained_publish(c, number, out, err);
}

int output_write_comparison(struct contained *c, uint32_t number,
			    const struct output_format *format,
			    const struct file_comparison *comparison,
			    const struct output_options *options, struct error *err)
{
	scoped(out_free) struct out *out = NULL;
	struct readers readers = readers_all();

	assert(format && format->write_comparison);
	for (size_t i = 0; i < comparison->files.n; i++)
		readers_limit(&readers, &comparison->inputs[i].readers);
	out = contained_create(c, number, &readers, err);
	if (!out)
		return -1;
	format->write_comparison(out, comparison, options);
	return contained_publish(c, number, out, err);
}
