#include "cli/output.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <assert.h>
#include <string.h>

int output_write(const char *path, const struct output_format *format,
		 const struct input_data *data, const struct output_options *options,
		 struct error *err)
{
	scoped(out_free) struct out *out = out_open(path, 0, err);

	assert(format && format->write);
	if (!out)
		return -1;
	format->write(out, data, options);
	return out_commit(out, err);
}

int output_write_comparison(const char *path, const struct output_format *format,
			    const struct file_comparison *c,
			    const struct output_options *options, struct error *err)
{
	scoped(out_free) struct out *out = out_open(path, 0, err);

	assert(format && format->write_comparison);
	if (!out)
		return -1;
	format->write_comparison(out, c, options);
	return out_commit(out, err);
}

char *path_with_extension(const char *path, const char *extension)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(path, '.');
	size_t len = strlen(path);

	if (dot && dot > (slash ? slash + 1 : path))
		len = (size_t)(dot - path);
	return mem_format("%.*s%s", (int)len, path, extension);
}
