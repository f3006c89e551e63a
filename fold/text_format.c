#include "fold/text_format.h"

void text_read_result_release(struct text_read_result *r)
{
	strtab_release(&r->events);
	vec_release(&r->event_samples);
}

const char *text_read_result_event(const struct text_read_result *r)
{
	return r->event && r->event != TEXT_EVENT_ALL ? strtab_str(&r->events, r->event)
						      : "";
}

size_t text_read_result_events(const struct text_read_result *r)
{
	size_t n = 0;

	for (size_t i = 1; i < r->event_samples.n; i++)
		n += r->event_samples.items[i] > 0;
	return n;
}
