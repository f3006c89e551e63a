#include "options/option_reader.h"

#include <assert.h>
#include <string.h>

void option_reader_init(struct option_reader *r, const struct option_group *groups,
			void *options, int argc, char *const *argv)
{
	assert(argc > 0);
	*r = (struct option_reader){
		.next = 1,
		.groups = groups,
		.options = options,
		.argc = argc,
		.argv = argv,
	};
}

/* The next argument as the value of an option, or NULL at the end. */
static const char *next_value(struct option_reader *r)
{
	return r->next < r->argc ? r->argv[r->next++] : NULL;
}

static int read_long(struct option_reader *r, const char *name, struct error *err)
{
	size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;
	const struct option_group *group;
	const struct option_spec *spec;

	if (len == strlen("help") && strncmp(name, "help", len) == 0) {
		r->is_help = true;
		return 0;
	}
	spec = option_find_long(r->groups, name, len, &group, err);
	if (!spec)
		return -1;
	if (value && !spec->value)
		return error_set(err, "option '--%s' takes no value", spec->name);
	if (!value && spec->value && !spec->is_optional) {
		value = next_value(r);
		if (!value)
			return error_set(err, "option '--%s' needs a value", spec->name);
	}
	return option_store(spec, group, r->options, value, err);
}

static int read_short(struct option_reader *r, struct error *err)
{
	char letter = *r->cluster++;
	const char *rest = *r->cluster ? r->cluster : NULL;
	const struct option_group *group;
	const struct option_spec *spec;

	r->cluster = rest;
	spec = option_find_short(r->groups, letter, &group, err);
	if (!spec && letter == 'h') {
		r->is_help = true;
		return 0;
	}
	if (!spec)
		return -1;
	if (!spec->value)
		return option_store(spec, group, r->options, NULL, err);
	r->cluster = NULL;
	if (!rest && !spec->is_optional) {
		rest = next_value(r);
		if (!rest)
			return error_set(err, "option '-%c' needs a value", letter);
	}
	return option_store(spec, group, r->options, rest, err);
}

static int read_option(struct option_reader *r, const char *arg, struct error *err)
{
	if (arg[1] != '-') {
		r->cluster = arg + 1;
		return 0;
	}
	if (arg[2])
		return read_long(r, arg + 2, err);
	r->is_past_end_mark = true;
	return 0;
}

int option_reader_next(struct option_reader *r, const char **operand, struct error *err)
{
	while (!r->is_help && (r->cluster || r->next < r->argc)) {
		const char *arg;

		if (r->cluster) {
			if (read_short(r, err) < 0)
				return -1;
			continue;
		}
		arg = r->argv[r->next++];
		if (r->is_past_end_mark || arg[0] != '-' || !arg[1]) {
			*operand = arg;
			return 1;
		}
		if (read_option(r, arg, err) < 0)
			return -1;
	}
	return 0;
}
