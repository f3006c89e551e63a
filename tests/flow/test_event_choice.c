/* The event of a recording that is counted. */
#include "flow/event_choice.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

enum { CYCLES, INSTRUCTIONS, CLOCK, EVENTS };

static const struct decode_event events[EVENTS] = {
	[CYCLES] = {.name = "cycles:P", .frequency = 99},
	[INSTRUCTIONS] = {.name = "instructions", .period = 1000},
	[CLOCK] = {.name = "cpu-clock:u", .frequency = 99},
};
static const uint64_t samples[EVENTS] = {10, 30, 20};
static const struct event_counts counts = {events, samples, EVENTS};

static uint32_t find(const char *name)
{
	struct event_choice choice;
	struct error err;

	assert_int_equal(event_choice_find(&counts, name, &choice, &err), 0);
	return choice.event;
}

static void names_may_lack_their_modifiers(void **state)
{
	struct error err;
	struct event_choice event;

	(void)state;
	assert_int_equal(find("cycles"), CYCLES);
	assert_int_equal(find("cycles:P"), CYCLES);
	assert_int_equal(find("cpu-clock"), CLOCK);
	assert_int_equal(find("all"), EVENT_CHOICE_ALL);
	assert_int_equal(event_choice_find(&counts, "cycle", &event, &err), -1);
	assert_string_equal(err.text,
			    "the recording has no event 'cycle'; there are cycles:P, "
			    "instructions, cpu-clock:u");
	assert_int_equal(event_choice_find(&counts, "cycles:u", &event, &err), -1);
}

static void the_default_has_most_samples(void **state)
{
	scoped(input_data_release) struct input_data data;

	(void)state;
	input_data_init(&data);
	assert_int_equal(find(NULL), INSTRUCTIONS);
	event_choice_describe(&counts, NULL,
			      &(struct event_choice){.event = INSTRUCTIONS}, &data);
	assert_string_equal(data.run_info.event, "instructions");
	assert_int_equal(data.run_info.samples, 30);
	assert_int_equal(data.run_info.frequency, 0);
	assert_int_equal(data.notes.n, 1);
}

static void all_events_are_counted_together(void **state)
{
	scoped(input_data_release) struct input_data data;

	(void)state;
	input_data_init(&data);
	event_choice_describe(&counts, "all",
			      &(struct event_choice){.event = EVENT_CHOICE_ALL}, &data);
	assert_string_equal(data.run_info.event, "all events");
	assert_int_equal(data.run_info.samples, 60);
	assert_int_equal(data.notes.n, 0);
}

/* As perf records them on a hybrid CPU: the upper half of the config is the PMU. */
static const struct decode_event hybrid[] = {
	{.name = "cpu_core/cycles:ppp/", .config = 0x400000000, .frequency = 99},
	{.name = "cpu_atom/cycles:ppp/", .config = 0x700000000, .frequency = 99},
	{.name = "cpu_core/instructions/", .config = 0x400000001},
};

static void pmus_of_a_hybrid_cpu_are_counted_together(void **state)
{
	static const uint64_t both[] = {20, 15, 30}, one[] = {20, 0, 0};
	const struct event_counts of_both = {hybrid, both, 3}, of_one = {hybrid, one, 3};
	scoped(input_data_release) struct input_data data, other;
	struct event_choice choice;
	struct error err;

	(void)state;
	input_data_init(&data);
	assert_int_equal(event_choice_find(&of_both, NULL, &choice, &err), 0);
	assert_true(event_choice_has(&choice, hybrid, 0));
	assert_true(event_choice_has(&choice, hybrid, 1));
	assert_false(event_choice_has(&choice, hybrid, 2));
	event_choice_describe(&of_both, NULL, &choice, &data);
	assert_string_equal(data.run_info.event, "cycles:ppp");
	assert_int_equal(data.run_info.samples, 35);
	assert_int_equal(data.notes.n, 1);
	assert_non_null(strstr(data.notes.items[0], "2 events were sampled"));

	assert_int_equal(event_choice_find(&of_both, "cycles", &choice, &err), 0);
	assert_true(event_choice_has(&choice, hybrid, 0));
	assert_true(event_choice_has(&choice, hybrid, 1));
	/* One PMU alone, by its name. */
	assert_int_equal(event_choice_find(&of_both, "cpu_atom/cycles", &choice, &err),
			 0);
	assert_false(event_choice_has(&choice, hybrid, 0));
	assert_true(event_choice_has(&choice, hybrid, 1));
	assert_int_equal(
		event_choice_find(&of_both, "cpu_atom/cycles:ppp/", &choice, &err), 0);
	assert_false(event_choice_has(&choice, hybrid, 0));

	/* The other kind of CPU had no samples. */
	input_data_init(&other);
	assert_int_equal(event_choice_find(&of_one, NULL, &choice, &err), 0);
	event_choice_describe(&of_one, NULL, &choice, &other);
	assert_string_equal(other.run_info.event, "cpu_core/cycles:ppp/");
	assert_int_equal(other.notes.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_may_lack_their_modifiers),
		cmocka_unit_test(the_default_has_most_samples),
		cmocka_unit_test(all_events_are_counted_together),
		cmocka_unit_test(pmus_of_a_hybrid_cpu_are_counted_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
