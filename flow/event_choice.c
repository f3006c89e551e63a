#include "flow/event_choice.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

/* A name may lack the modifiers after the colon. */
static bool event_has_name(const struct decode_event *event, const char *name)
{
	const char *full_name = decode_event_name(event);
	size_t len = strlen(name);

	return strncmp(full_name, name, len) == 0 &&
	       (!full_name[len] || full_name[len] == ':');
}

static uint32_t event_most_sampled(const struct event_counts *counts)
{
	uint32_t most = 0;

	for (uint32_t i = 1; i < counts->n; i++)
		if (counts->samples[i] > counts->samples[most])
			most = i;
	return most;
}

int event_choice_find(const struct event_counts *counts, const char *name,
		      uint32_t *event, struct error *err)
{
	assert(counts->n > 0);
	if (!name) {
		*event = event_most_sampled(counts);
		return 0;
	}
	if (strcmp(name, "all") == 0) {
		*event = EVENT_CHOICE_ALL;
		return 0;
	}
	for (uint32_t i = 0; i < counts->n; i++)
		if (event_has_name(&counts->events[i], name)) {
			*event = i;
			return 0;
		}
	return error_set(err, "the recording has no event '%s'", name);
}

void event_choice_describe(const struct event_counts *counts, const char *name,
			   uint32_t event, struct input_data *data)
{
	struct run_info *info = &data->run_info;
	const struct decode_event *chosen;
	size_t n_sampled = 0;

	assert(event == EVENT_CHOICE_ALL || event < counts->n);
	for (size_t i = 0; i < counts->n; i++) {
		n_sampled += counts->samples[i] > 0;
		if (event == EVENT_CHOICE_ALL || event == i)
			info->samples += counts->samples[i];
	}
	if (event == EVENT_CHOICE_ALL) {
		info->event = run_info_text(info, "all events");
		return;
	}
	chosen = &counts->events[event];
	info->event = run_info_text(info, decode_event_name(chosen));
	info->weight_is_time = decode_event_is_time(chosen);
	info->frequency = chosen->frequency;
	if (n_sampled > 1 && !name)
		vec_push(&data->notes,
			 mem_format("%zu events were sampled; this is %s, which has most "
				    "samples (--event chooses)",
				    n_sampled, info->event));
}
