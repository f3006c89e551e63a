/* Files that commands write. */
#pragma once

#include "flow/output_format.h"

/* Writes an input, or a comparison, to 'path' ("-": standard output). A file appears
 * at 'path' only if it is complete. The format must be one for inputs, or for
 * comparisons. Returns -1 with *err filled if the output cannot be written. */
int output_write(const char *path, const struct output_format *format,
		 const struct input_data *data, const struct output_options *options,
		 struct error *err);
int output_write_comparison(const char *path, const struct output_format *format,
			    const struct file_comparison *c,
			    const struct output_options *options, struct error *err);

/* 'path' with its extension (".data", ".folded", ".txt", ...) replaced by 'extension',
 * in the same folder. mem_free() frees it. */
char *path_with_extension(const char *path, const char *extension);
