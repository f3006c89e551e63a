/* The event of a recording that is counted. */
#include "flow/event_choice.h"

#include "base/scoped.h"
#include "tests/test.h"

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
	struct error err;
	uint32_t event;

	assert_int_equal(event_choice_find(&counts, name, &event, &err), 0);
	return event;
}

static void names_may_lack_their_modifiers(void **state)
{
	struct error err;
	uint32_t event;

	(void)state;
	assert_int_equal(find("cycles"), CYCLES);
	assert_int_equal(find("cycles:P"), CYCLES);
	assert_int_equal(find("cpu-clock"), CLOCK);
	assert_int_equal(find("all"), EVENT_CHOICE_ALL);
	assert_int_equal(event_choice_find(&counts, "cycle", &event, &err), -1);
	assert_string_equal(err.text, "the recording has no event 'cycle'");
	assert_int_equal(event_choice_find(&counts, "cycles:u", &event, &err), -1);
}

static void the_default_has_most_samples(void **state)
{
	scoped(input_data_release) struct input_data data;

	(void)state;
	input_data_init(&data);
	assert_int_equal(find(NULL), INSTRUCTIONS);
	event_choice_describe(&counts, NULL, INSTRUCTIONS, &data);
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
	event_choice_describe(&counts, "all", EVENT_CHOICE_ALL, &data);
	assert_string_equal(data.run_info.event, "all events");
	assert_int_equal(data.run_info.samples, 60);
	assert_int_equal(data.notes.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_may_lack_their_modifiers),
		cmocka_unit_test(the_default_has_most_samples),
		cmocka_unit_test(all_events_are_counted_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
