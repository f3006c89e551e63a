#include "model/conditions.h"

#include <string.h>

const char *conditions_text(struct conditions *c, const char *s)
{
	return s ? arena_str(&c->text, s, strlen(s)) : NULL;
}

const char *conditions_unit(const struct conditions *c, uint64_t n)
{
	if (c->unit)
		return c->unit;
	return n == 1 ? "sample" : "samples";
}

void conditions_release(struct conditions *c)
{
	arena_release(&c->text);
	*c = (struct conditions){0};
}
