#include "options/option_spec.h"

#include "base/parse.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Whether 'name' starts with the 'len' bytes at 'text', and whether it is all of them. */
static bool starts_with(const char *name, const char *text, size_t len, bool *is_exact)
{
	if (!name || !len || strncmp(name, text, len) != 0)
		return false;
	*is_exact |= name[len] == '\0';
	return true;
}

const struct option_spec *option_find_long(const struct option_group *groups,
					   const char *name, size_t len,
					   const struct option_group **group,
					   struct error *err)
{
	const struct option_spec *first = NULL, *other = NULL;

	for (const struct option_group *g = groups; g->specs; g++) {
		for (const struct option_spec *spec = g->specs; spec->name; spec++) {
			bool is_exact = false;
			bool is_match = starts_with(spec->name, name, len, &is_exact);

			is_match |= starts_with(spec->alias, name, len, &is_exact);
			if (!is_match || option_is_hidden(groups, g, spec))
				continue;
			if (is_exact || !first)
				*group = g;
			if (is_exact)
				return spec;
			other = first && !other ? spec : other;
			first = first ? first : spec;
		}
	}
	if (!first)
		error_set(err, "unknown option '--%.*s'", (int)len, name);
	else if (other)
		error_set(err, "ambiguous option '--%.*s': '--%s' or '--%s'", (int)len,
			  name, first->name, other->name);
	return other ? NULL : first;
}

const struct option_spec *option_find_short(const struct option_group *groups,
					    char letter,
					    const struct option_group **group,
					    struct error *err)
{
	for (const struct option_group *g = groups; g->specs; g++)
		for (const struct option_spec *spec = g->specs; spec->name; spec++)
			if (spec->letter == letter) {
				*group = g;
				return spec;
			}
	error_set(err, "unknown option '-%c'", letter);
	return NULL;
}

bool option_is_hidden(const struct option_group *groups, const struct option_group *group,
		      const struct option_spec *spec)
{
	for (const struct option_group *g = groups; g != group; g++)
		for (const struct option_spec *s = g->specs; s->name; s++)
			if (strcmp(s->name, spec->name) == 0)
				return true;
	return false;
}

static uint64_t number_limit(const struct option_spec *spec)
{
	uint64_t most = spec->size == sizeof(uint32_t) ? UINT32_MAX : UINT64_MAX;

	return spec->most ? spec->most : most;
}

static bool number_store(const struct option_spec *spec, void *member, const char *text)
{
	uint64_t value = spec->if_absent;

	if (text && (!parse_u64(text, &value) || value < spec->least ||
		     value > number_limit(spec) ||
		     (spec->multiple && value % spec->multiple)))
		return false;
	if (spec->size == sizeof(uint32_t))
		*(uint32_t *)member = (uint32_t)value;
	else
		*(uint64_t *)member = value;
	return true;
}

static bool decimal_store(const struct option_spec *spec, double *member,
			  const char *text)
{
	return parse_decimal(text, member) && *member >= spec->lowest &&
	       *member <= spec->highest;
}

static bool word_store(const struct option_spec *spec, void *member, const char *text)
{
	for (unsigned i = 0; spec->words[i]; i++)
		if (strcmp(spec->words[i], text) == 0) {
			*(unsigned *)member = i;
			return true;
		}
	return false;
}

/* "a, b or c" */
static void words_join(const struct option_spec *spec, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; spec->words[i] && len < size; i++) {
		const char *separator = i == 0 ? "" : spec->words[i + 1] ? ", " : " or ";
		int n = snprintf(text + len, size - len, "%s%s", separator,
				 spec->words[i]);

		len += (size_t)n;
	}
}

static void number_describe(const struct option_spec *spec, char *text, size_t size)
{
	if (spec->most)
		snprintf(text, size, "%" PRIu64 " to %" PRIu64, spec->least, spec->most);
	else if (spec->least)
		snprintf(text, size, "a whole number from %" PRIu64 " up", spec->least);
	else
		snprintf(text, size, "a whole number");
}

static int option_refuse(const struct option_spec *spec, const char *value,
			 struct error *err)
{
	const char *noun = spec->noun ? spec->noun : spec->name;
	const char *expected = spec->expected;
	char text[200];

	if (!expected && spec->kind == OPTION_KIND_WORD) {
		words_join(spec, text, sizeof(text));
		expected = text;
	} else if (!expected && spec->kind == OPTION_KIND_NUMBER) {
		number_describe(spec, text, sizeof(text));
		expected = text;
	}
	if (!expected)
		return error_set(err, "invalid %s '%s'", noun, value);
	return error_set(err, "invalid %s '%s': expected %s", noun, value, expected);
}

int option_store(const struct option_spec *spec, const struct option_group *group,
		 void *options, const char *value, struct error *err)
{
	char *group_options = (char *)options + group->offset;
	void *member = group_options + spec->offset;
	bool is_valid = true;

	assert(value || !spec->value || spec->is_optional);
	assert(!spec->is_optional || spec->kind == OPTION_KIND_NUMBER ||
	       spec->kind == OPTION_KIND_SETTER);
	switch (spec->kind) {
	case OPTION_KIND_FLAG:
	case OPTION_KIND_FLAG_OFF:
		*(bool *)member = spec->kind == OPTION_KIND_FLAG;
		break;
	case OPTION_KIND_TEXT:
		*(const char **)member = value;
		break;
	case OPTION_KIND_NUMBER:
		is_valid = number_store(spec, member, value);
		break;
	case OPTION_KIND_DECIMAL:
		is_valid = decimal_store(spec, member, value);
		break;
	case OPTION_KIND_SIZE:
		is_valid = parse_size(value, member) &&
			   *(uint64_t *)member >= spec->least;
		break;
	case OPTION_KIND_DURATION:
		is_valid = parse_duration(value, member);
		break;
	case OPTION_KIND_WORD:
		is_valid = word_store(spec, member, value);
		break;
	case OPTION_KIND_SETTER:
		is_valid = spec->set(group_options, value);
		break;
	}
	return is_valid ? 0 : option_refuse(spec, value, err);
}
