#include "flow/event_choice.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "fold/event_name.h"

#include <assert.h>
#include <linux/perf_event.h>
#include <string.h>

/* Bits of a hardware config below those of the PMU (PERF_PMU_TYPE_SHIFT). */
enum { PMU_SHIFT = 32 };

/* The part of the name between the slashes of "cpu_core/cycles:ppp/", if it has a PMU of
 * a hybrid CPU; '*len' is its length. */
static const char *name_without_pmu(const struct decode_event *event, size_t *len)
{
	const char *name = decode_event_name(event), *slash = strchr(name, '/');
	bool has_pmu = event->type == PERF_TYPE_HARDWARE && event->config >> PMU_SHIFT;

	*len = strlen(name);
	if (!has_pmu || !slash || name[*len - 1] != '/' || slash + 1 == name + *len)
		return name;
	*len = (size_t)(name + *len - 1 - (slash + 1));
	return slash + 1;
}

/* Whether both are one event, of different PMUs of a hybrid CPU. */
static bool events_are_twins(const struct decode_event *a, const struct decode_event *b)
{
	return a->type == PERF_TYPE_HARDWARE && b->type == PERF_TYPE_HARDWARE &&
	       a->config >> PMU_SHIFT && b->config >> PMU_SHIFT &&
	       a->config != b->config && (uint32_t)a->config == (uint32_t)b->config;
}

bool event_choice_has(const struct event_choice *choice,
		      const struct decode_event *events, uint32_t event)
{
	return choice->event == EVENT_CHOICE_ALL || choice->event == event ||
	       (choice->of_all_pmus &&
		events_are_twins(&events[choice->event], &events[event]));
}

static uint64_t samples_of(const struct event_counts *counts,
			   const struct event_choice *choice)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < counts->n; i++)
		if (event_choice_has(choice, counts->events, i))
			sum += counts->samples[i];
	return sum;
}

static struct event_choice event_most_sampled(const struct event_counts *counts)
{
	struct event_choice most = {.event = 0, .of_all_pmus = true};

	for (uint32_t i = 1; i < counts->n; i++) {
		struct event_choice choice = {.event = i, .of_all_pmus = true};

		if (samples_of(counts, &choice) > samples_of(counts, &most))
			most = choice;
	}
	return most;
}

/* The names of the events, the first ones if there are many. mem_free() frees it. */
static char *event_list(const struct event_counts *counts)
{
	enum { SHOWN = 8 };
	char *list = mem_str("", 0), *longer;

	for (size_t i = 0; i < counts->n && i < SHOWN; i++) {
		longer = mem_format("%s%s%s", list, i ? ", " : "",
				    decode_event_name(&counts->events[i]));
		mem_free(list);
		list = longer;
	}
	if (counts->n <= SHOWN)
		return list;
	longer = mem_format("%s and %zu more", list, counts->n - SHOWN);
	mem_free(list);
	return longer;
}

int event_choice_find(const struct event_counts *counts, const char *name,
		      struct event_choice *choice, struct error *err)
{
	scoped(mem_release) char *events = NULL;

	assert(counts->n > 0);
	if (!name) {
		*choice = event_most_sampled(counts);
		return 0;
	}
	*choice = (struct event_choice){.event = EVENT_CHOICE_ALL};
	if (strcmp(name, "all") == 0)
		return 0;
	for (uint32_t i = 0; i < counts->n; i++) {
		const char *full_name = decode_event_name(&counts->events[i]),
			   *short_name;
		size_t len;

		short_name = name_without_pmu(&counts->events[i], &len);
		if (event_name_fits(full_name, strlen(full_name), name)) {
			*choice = (struct event_choice){.event = i};
			return 0;
		}
		if (choice->event == EVENT_CHOICE_ALL &&
		    event_name_fits(short_name, len, name))
			*choice = (struct event_choice){.event = i, .of_all_pmus = true};
	}
	if (choice->event != EVENT_CHOICE_ALL)
		return 0;
	events = event_list(counts);
	return error_set(err, "the recording has no event '%s'; there are %s", name,
			 events);
}

/* The name without its PMU if samples of several PMUs are counted. */
static char *chosen_name(const struct event_counts *counts,
			 const struct event_choice *choice)
{
	const struct decode_event *chosen = &counts->events[choice->event];
	size_t len, n_pmus = 0;
	const char *name;

	for (uint32_t i = 0; i < counts->n; i++)
		n_pmus +=
			counts->samples[i] && event_choice_has(choice, counts->events, i);
	if (n_pmus < 2)
		return mem_format("%s", decode_event_name(chosen));
	name = name_without_pmu(chosen, &len);
	return mem_str(name, len);
}

void event_choice_describe(const struct event_counts *counts, const char *name,
			   const struct event_choice *choice, struct input_data *data)
{
	scoped(mem_release) char *chosen_text = NULL;
	struct run_info *info = &data->run_info;
	const struct decode_event *chosen;
	size_t n_others = 0;

	assert(choice->event == EVENT_CHOICE_ALL || choice->event < counts->n);
	info->samples += samples_of(counts, choice);
	for (uint32_t i = 0; i < counts->n; i++)
		vec_push(&data->events,
			 ((struct input_event){
				 mem_format("%s", decode_event_name(&counts->events[i])),
				 counts->samples[i]}));
	if (choice->event == EVENT_CHOICE_ALL) {
		info->event = run_info_text(info, "all events");
		return;
	}
	for (uint32_t i = 0; i < counts->n; i++)
		n_others += counts->samples[i] > 0 &&
			    !event_choice_has(choice, counts->events, i);
	chosen = &counts->events[choice->event];
	chosen_text = chosen_name(counts, choice);
	info->event = run_info_text(info, chosen_text);
	info->weight_is_time = decode_event_is_time(chosen);
	info->frequency = chosen->frequency;
	if (n_others > 0 && !name)
		vec_push(&data->notes,
			 mem_format("%zu events were sampled; this is %s, which has most "
				    "samples (--event chooses)",
				    n_others + 1, info->event));
}
