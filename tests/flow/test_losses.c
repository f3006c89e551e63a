/* Lost records are counted by their kinds, and notes describe them. */
#include "flow/loader.h"

#include "base/scoped.h"
#include "record/data/writer.h"
#include "tests/files.h"
#include "tests/test.h"

#include <string.h>

enum {
	SAMPLES = 20,
	PID = 7,
	ID_CLOCK = 11,
	ID_OTHER = 12,
	ID_SIDE_BAND = 91, /* of rings that the recording does not list */
};

/* A recording in the making, with one or two events. */
struct losing {
	struct out *out;
	struct event_specs specs;
	struct writer writer;
	bool has_ids; /* in each record */
};

static void losing_init(struct losing *l, const char *second)
{
	const struct known_event *events[] = {known_event_named("cpu-clock"),
					      second ? known_event_named(second) : NULL};

	*l = (struct losing){.out = out_memory(), .has_ids = second};
	event_specs_set(&l->specs, events, second ? 2 : 1, 99, true);
	vec_push(&l->specs.sampling.items[0].ids, ID_CLOCK);
	if (second)
		vec_push(&l->specs.sampling.items[1].ids, ID_OTHER);
	writer_init(&l->writer, l->out, &l->specs, NULL, NULL);
}

/* Writes a record: 'words' of its body, then the trailer of all records. */
static void record_write(struct losing *l, uint32_t type, uint16_t misc,
			 const uint64_t *words, size_t n, uint64_t id)
{
	uint64_t record[16] = {0};
	struct perf_event_header header = {.type = type, .misc = misc};
	size_t size = 1;

	for (size_t i = 0; i < n; i++)
		record[size++] = words[i];
	size += 3; /* task, time, CPU */
	if (l->has_ids)
		record[size++] = id;
	header.size = (uint16_t)(8 * size);
	memcpy(record, &header, sizeof(header));
	writer_record(&l->writer, record, header.size);
}

static void lost_write(struct losing *l, uint64_t id, uint64_t count)
{
	record_write(l, PERF_RECORD_LOST, 0, (uint64_t[]){id, count}, 2, id);
}

static void lost_samples_write(struct losing *l, uint64_t id, uint64_t count)
{
	record_write(l, PERF_RECORD_LOST_SAMPLES, 0, &count, 1, id);
}

static void samples_write(struct losing *l)
{
	const struct {
		uint64_t addr;
		uint32_t pid, tid;
		uint64_t time, cpu, n_chain, cgroup;
	} body = {.addr = 0x1000, .pid = PID, .tid = PID, .time = 5};
	struct {
		struct perf_event_header header;
		uint64_t words[7];
	} record = {.header = {.type = PERF_RECORD_SAMPLE}};
	size_t at = 0;

	if (l->has_ids)
		record.words[at++] = ID_CLOCK;
	memcpy(&record.words[at], &body, sizeof(body));
	record.header.size = (uint16_t)(8 + 8 * at + sizeof(body));
	for (int i = 0; i < SAMPLES; i++)
		writer_record(&l->writer, &record, record.header.size);
}

static void losing_load(struct losing *l, struct input_data *data)
{
	struct load_options options = load_options_default();
	char dir[64], path[512];
	struct error err;

	samples_write(l);
	assert_int_equal(writer_end_data(&l->writer, &err), 0);
	temp_path(path, temp_dir_make(dir), "lossy.data");
	file_write(path, out_data(l->out), (size_t)out_pos(l->out));
	input_data_init(data);
	assert_int_equal(load_recording(data, path, &options, &err), 0);
	writer_release(&l->writer);
	event_specs_release(&l->specs);
	out_free(&l->out);
	temp_dir_remove(dir);
}

static bool has_note(const struct input_data *data, const char *part)
{
	char *const *note;

	vec_each(note, &data->notes)
		if (strstr(*note, part))
			return true;
	return false;
}

/* A ring of the side band has lost records; the samples are all there. */
static void side_band_of_flame(void **state)
{
	struct input_data data;
	struct losing l;

	(void)state;
	losing_init(&l, NULL);
	lost_write(&l, ID_SIDE_BAND, 63778);
	losing_load(&l, &data);
	assert_int_equal(data.run_info.samples, SAMPLES);
	assert_int_equal(data.run_info.lost, 0);
	assert_int_equal(data.run_info.lost_side_band, 63778);
	assert_true(has_note(&data, "63778 records of processes and mappings are lost"));
	assert_false(has_note(&data, "of the samples are lost"));
	input_data_release(&data);
}

static void samples_of_flame(void **state)
{
	struct input_data data;
	struct losing l;

	(void)state;
	losing_init(&l, NULL);
	lost_write(&l, ID_CLOCK, 5);
	losing_load(&l, &data);
	assert_int_equal(data.run_info.lost, 5);
	assert_int_equal(data.run_info.lost_side_band, 0);
	assert_true(has_note(&data, "20.0 % of the samples are lost: shares are biased"));
	input_data_release(&data);
}

static void few_lost_samples_need_no_warning(void **state)
{
	struct input_data data;
	struct losing l;

	(void)state;
	losing_init(&l, NULL);
	lost_write(&l, ID_CLOCK, 1);
	losing_load(&l, &data);
	assert_int_equal(data.run_info.lost, 1);
	assert_false(has_note(&data, "lost"));
	input_data_release(&data);
}

/* perf's events share one ring; its last versions count the losses of each event, too. */
static void events_of_perf(void **state)
{
	struct input_data data;
	struct losing l;

	(void)state;
	losing_init(&l, "dummy");
	lost_write(&l, ID_OTHER, 10);
	lost_samples_write(&l, ID_CLOCK, 7);
	lost_samples_write(&l, ID_OTHER, 3);
	losing_load(&l, &data);
	assert_int_equal(data.run_info.lost, 7);
	assert_int_equal(data.run_info.lost_side_band, 3);
	input_data_release(&data);
}

static void shared_ring_of_perf(void **state)
{
	struct input_data data;
	struct losing l;

	(void)state;
	losing_init(&l, "dummy");
	lost_write(&l, ID_OTHER, 10);
	losing_load(&l, &data);
	assert_int_equal(data.run_info.lost, 10);
	assert_int_equal(data.run_info.lost_side_band, 0);
	input_data_release(&data);
}

static void samples_refused_by_a_filter_are_not_lost(void **state)
{
	struct input_data data;
	struct losing l;

	(void)state;
	losing_init(&l, NULL);
	record_write(&l, PERF_RECORD_LOST_SAMPLES, 1 << 15, (uint64_t[]){100}, 1, 0);
	losing_load(&l, &data);
	assert_int_equal(data.run_info.lost, 0);
	input_data_release(&data);
}

static void incomplete_trace_data(void **state)
{
	struct input_data data;
	struct losing l;

	(void)state;
	losing_init(&l, NULL);
	record_write(&l, PERF_RECORD_AUX, 0, (uint64_t[]){0, 4096, 0}, 3, 0);
	record_write(&l, PERF_RECORD_AUX, 0,
		     (uint64_t[]){0, 4096, PERF_AUX_FLAG_TRUNCATED}, 3, 0);
	losing_load(&l, &data);
	assert_int_equal(data.run_info.lost_aux, 1);
	assert_int_equal(data.run_info.lost, 0);
	assert_true(has_note(&data, "hardware trace data was lost 1 times"));
	input_data_release(&data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(side_band_of_flame),
		cmocka_unit_test(samples_of_flame),
		cmocka_unit_test(few_lost_samples_need_no_warning),
		cmocka_unit_test(events_of_perf),
		cmocka_unit_test(shared_ring_of_perf),
		cmocka_unit_test(samples_refused_by_a_filter_are_not_lost),
		cmocka_unit_test(incomplete_trace_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
