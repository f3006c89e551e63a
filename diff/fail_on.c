#include "diff/fail_on.h"

#include "base/mem.h"
#include "base/parse.h"

#include <string.h>

enum { LONGEST_NUMBER = 40 };

static const char *skip_spaces(const char *s)
{
	return s + strspn(s, " ");
}

static int refuse(const char *text, struct error *err)
{
	return error_set(err,
			 "invalid condition '%s': expected 'total(NAME) > +2%%', "
			 "'self(NAME) < -1%%' or 'any'",
			 text);
}

static bool parse_limit(struct fail_on *f, const char *s)
{
	char number[LONGEST_NUMBER + 1];
	bool is_negative;
	size_t len;

	s = skip_spaces(s);
	is_negative = *s == '-';
	s += *s == '-' || *s == '+';
	len = strspn(s, "0123456789.");
	if (len > LONGEST_NUMBER)
		return false;
	memcpy(number, s, len);
	number[len] = '\0';
	if (!parse_decimal(number, &f->limit))
		return false;
	f->limit = is_negative ? -f->limit : f->limit;
	s = skip_spaces(s + len);
	f->is_percent = *s == '%';
	return !*skip_spaces(s + f->is_percent);
}

int fail_on_parse(struct fail_on *f, const char *text, struct error *err)
{
	const char *s = skip_spaces(text), *close = strrchr(text, ')');

	*f = (struct fail_on){.is_any = strcmp(s, "any") == 0};
	if (f->is_any)
		return 0;
	f->by_self = strncmp(s, "self(", 5) == 0;
	if (!f->by_self && strncmp(s, "total(", 6) != 0)
		return refuse(text, err);
	f->pattern = strchr(s, '(') + 1;
	/* A name may contain parentheses: the last one closes. */
	if (!close || close <= f->pattern)
		return refuse(text, err);
	f->pattern_len = (size_t)(close - f->pattern);
	s = skip_spaces(close + 1);
	f->is_more = *s == '>';
	if ((*s != '>' && *s != '<') || !parse_limit(f, s + 1))
		return refuse(text, err);
	return 0;
}

static bool matches(const char *pattern, size_t len, const char *name)
{
	const char *end = pattern + len;
	/* For another try: the pattern after the last '*', and the end of the text it
	 * matched. */
	const char *star = NULL, *from = NULL;

	while (*name) {
		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (pattern < end && *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++from;
		} else {
			return false;
		}
	}
	while (pattern < end && *pattern == '*')
		pattern++;
	return pattern == end;
}

static bool holds(const struct fail_on *f, const struct comparison *c,
		  const struct function_change *fn)
{
	const struct change *change = f->by_self ? &fn->self : &fn->total;
	double unit = f->is_percent ? comparison_point(c) : 1 / comparison_scale(c);

	if (f->is_any)
		return function_change_is_found(fn, false);
	if ((change->verdict == VERDICT_NONE && !change->is_common) ||
	    change->verdict == VERDICT_MOVED)
		return false;
	if (f->is_more ? change->delta <= f->limit * unit
		       : change->delta >= f->limit * unit)
		return false;
	return matches(f->pattern, f->pattern_len,
		       frame_name(&c->profile.frames, fn->frame));
}

const struct function_change *fail_on_find(const struct fail_on *f,
					   const struct comparison *c)
{
	const struct function_change *fn;

	vec_each(fn, &c->functions)
		if (holds(f, c, fn))
			return fn;
	return NULL;
}

char *fail_on_describe(const struct fail_on *f, const struct comparison *c,
		       const struct function_change *fn)
{
	bool is_self =
		f->by_self || (fn->total.verdict == VERDICT_NONE && !fn->total.is_common);
	const struct change *change = is_self ? &fn->self : &fn->total;
	double scale = comparison_scale(c);

	return mem_format(
		"%s of %s: %.4g -> %.4g %s, %s", is_self ? "self" : "total",
		frame_name(&c->profile.frames, fn->frame), change->value[BEFORE] * scale,
		change->value[AFTER] * scale, comparison_unit(c),
		change->is_common ? "as most functions" : verdict_name(change->verdict));
}
