/* A recording whose rate fell in the middle: both halves keep their shares. */
#include "flow/loader.h"

#include "base/scoped.h"
#include "record/data/writer.h"
#include "tests/files.h"
#include "tests/test.h"

#include <linux/perf_event.h>
#include <string.h>

enum {
	EACH = 10, /* samples before the change, and after it */
	PID = 7,
	CHANGE = 1000, /* time */
	DIVISOR = 8,
	FREQUENCY = 1000,
	PERIOD = 1000000,
};

static void samples_write(struct writer *w, uint64_t time, uint64_t period)
{
	const struct {
		struct perf_event_header header;
		uint64_t addr;
		uint32_t pid, tid;
		uint64_t time, cpu, period, n_chain, cgroup;
	} record = {.header = {PERF_RECORD_SAMPLE, 0, sizeof(record)},
		    .addr = 0x1000,
		    .pid = PID,
		    .tid = PID,
		    .time = time,
		    .period = period};

	for (int i = 0; i < EACH; i++)
		writer_record(w, &record, sizeof(record));
}

/* Loads a recording of an event; the periods are those of both halves. */
static void rates_load(struct input_data *data, const char *name, uint64_t before,
		       uint64_t after)
{
	const struct rate_change change = {CHANGE, DIVISOR};
	const struct known_event *event = known_event_named(name);
	struct load_options options = load_options_default();
	scoped(out_free) struct out *out = out_memory();
	struct run_info info = {.frequency_lowest = 125, .frequency_mean = 500};
	struct event_specs specs = {0};
	struct strtab strings;
	struct dso_table dsos;
	char dir[64], path[512];
	struct writer w;
	struct error err;

	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	event_specs_set(&specs, &event, 1, FREQUENCY, true);
	specs.sampling.items[0].attr.sample_type |= PERF_SAMPLE_PERIOD;
	run_info_set_rates(&info, &change, 1);
	writer_init(&w, out, &specs, NULL, NULL);
	samples_write(&w, CHANGE - 1, before);
	samples_write(&w, CHANGE, after);
	assert_int_equal(writer_end_data(&w, &err), 0);
	assert_int_equal(writer_finish(&w, &info, &dsos, &err), 0);
	temp_path(path, temp_dir_make(dir), "rates.data");
	file_write(path, out_data(out), (size_t)out_pos(out));
	input_data_init(data);
	options.slices = 1;
	assert_int_equal(load_recording(data, path, &options, &err), 0);
	temp_dir_remove(dir);
	writer_release(&w);
	run_info_release(&info);
	event_specs_release(&specs);
	dso_table_release(&dsos);
	strtab_release(&strings);
}

static void check_counts(const struct input_data *data)
{
	const struct timeline_count *count;
	uint64_t sum = 0, root = 0;
	const struct profile_node *node;

	vec_each(node, &data->profile.nodes)
		root += node->count;
	vec_each(count, &data->timeline.counts)
		sum += count->count;
	assert_int_equal(root, EACH + EACH * DIVISOR);
	assert_int_equal(sum, EACH + EACH * DIVISOR);
	assert_int_equal(data->run_info.samples, 2 * EACH);
	assert_int_equal(data->run_info.frequency_lowest, 125);
	assert_int_equal(data->run_info.frequency_mean, 500);
	assert_int_equal(data->run_info.n_rates, 1);
}

static void clocks(void **state)
{
	struct input_data data;

	(void)state;
	rates_load(&data, "cpu-clock", PERIOD, (uint64_t)PERIOD * DIVISOR);
	check_counts(&data);
	input_data_release(&data);
}

static void frequencies(void **state)
{
	struct input_data data;

	(void)state;
	rates_load(&data, "page-faults", 3, 25);
	check_counts(&data);
	input_data_release(&data);
}

/* The list of changes is at the end of the file; a clock does not need it. */
static void divisors_are_found_by_time(void **state)
{
	const struct rate_change changes[] = {{10, 4}, {20, 2}, {30, 1}};
	struct run_info info = {0};

	(void)state;
	assert_int_equal(run_info_divisor(&info, 15), 1);
	run_info_set_rates(&info, changes, 3);
	assert_int_equal(run_info_divisor(&info, 9), 1);
	assert_int_equal(run_info_divisor(&info, 10), 4);
	assert_int_equal(run_info_divisor(&info, 29), 2);
	assert_int_equal(run_info_divisor(&info, 1000), 1);
	run_info_release(&info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks),
		cmocka_unit_test(frequencies),
		cmocka_unit_test(divisors_are_found_by_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
