#include "model/run_info.h"

#include <string.h>

const char *run_info_text(struct run_info *c, const char *s)
{
	return s ? arena_str(&c->text, s, strlen(s)) : NULL;
}

const char *run_info_unit(const struct run_info *c, uint64_t n)
{
	if (c->unit)
		return c->unit;
	return n == 1 ? "sample" : "samples";
}

void run_info_release(struct run_info *c)
{
	arena_release(&c->text);
	*c = (struct run_info){0};
}
