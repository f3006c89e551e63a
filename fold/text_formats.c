#include "fold/text_formats.h"

#include "base/scoped.h"
#include "fold/folded.h"
#include "fold/perf_script.h"

#include <assert.h>
#include <string.h>

/* In the order in which they are tried. Folded text accepts everything, so it is last. */
static const struct text_format *const text_formats[] = {
	&perf_script_format,
	&folded_format,
};

const struct text_format *text_format_at(size_t i)
{
	return i < array_size(text_formats) ? text_formats[i] : NULL;
}

const struct text_format *text_format_named(const char *name)
{
	for (size_t i = 0; i < array_size(text_formats); i++)
		if (strcmp(text_formats[i]->name, name) == 0)
			return text_formats[i];
	return NULL;
}

const struct text_format *text_format_of(const char *text, size_t size)
{
	size_t i = 0;

	while (!text_formats[i]->knows(text, size)) {
		i++;
		assert(i < array_size(text_formats));
	}
	return text_formats[i];
}
