/* Writing the outputs of a worker. */
#pragma once

#include "flow/output/output_format.h"
#include "sandbox/contained.h"

/* Inside: writes an input, or a comparison, to output 'number'. A file appears
 * at its path only if it is complete, and only users who may read all inputs may read it.
 * The format must be one for inputs, or for comparisons. Returns -1 with *err filled if
 * the output cannot be written. */
int output_write(struct contained *c, uint32_t number, const struct output_format *format,
		 const struct input_data *data, const struct output_options *options,
		 struct error *err);
int output_write_comparison(struct contained *c, uint32_t number,
			    const struct output_format *format,
			    const struct file_comparison *comparison,
			    const struct output_options *options, struct error *err);
