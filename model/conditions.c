#include "model/conditions.h"

#include <string.h>

const char *conditions_text(struct conditions *c, const char *s)
{
	return s ? arena_str(&c->text, s, strlen(s)) : NULL;
}

void conditions_release(struct conditions *c)
{
	arena_release(&c->text);
	*c = (struct conditions){0};
}
