/* Synthesized events, with the text that they point to. Zero-initialize. */
#pragma once

#include "base/arena.h"
#include "base/vec.h"
#include "model/event.h"

#include <string.h>

struct event_list {
	VEC(struct event) items;
	struct arena text;
};

/* A copy of a string, valid until the list is cleared. */
static inline const char *event_list_text(struct event_list *l, const char *s)
{
	return arena_str(&l->text, s, strlen(s));
}

static inline void event_list_clear(struct event_list *l)
{
	l->items.n = 0;
	arena_release(&l->text);
}

static inline void event_list_release(struct event_list *l)
{
	event_list_clear(l);
	vec_release(&l->items);
}
