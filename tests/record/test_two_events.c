/* Two events in one recording, from the kernel to the file: flame's reader and perf count
 * the same samples of each event. */
#include "base/scoped.h"
#include "record/data/cursor.h"
#include "record/data/writer.h"
#include "record/machine.h"
#include "record/sampler.h"
#include "tests/record/may_record.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLOCK, FAULTS, EVENTS };

static const char *const names[EVENTS] = {"cpu-clock", "page-faults"};

static void records_write(struct sampler *s, struct writer *w)
{
	const void *record;
	size_t size;

	while (sampler_next_side_band(s, &record, &size))
		writer_record(w, record, size);
	while (sampler_next(s, &record, &size))
		writer_record(w, record, size);
	writer_round(w);
}

static void record_to(const char *path)
{
	/* Uses the CPU for a second: a shell that only forks may get no sample of
	 * cpu-clock at all. */
	char *const command[] = {SAMPLES_DIR "/split", "1", NULL};
	const struct known_event *events[EVENTS] = {known_event_named(names[CLOCK]),
						    known_event_named(names[FAULTS])};
	const struct sampler_options options = {
		.frequency = 999, .events = events, .n_events = EVENTS};
	struct target target = {.command = command};
	struct error err = {0};
	scoped(out_free) struct out *out = out_open(path, 0, &err);
	struct run_info info = {0};
	struct dso_table dsos;
	struct strtab strings;
	struct writer w;

	assert_non_null(out);
	assert_int_equal(target_prepare(&target, &err), 0);
	scoped(sampler_free) struct sampler *s = sampler_open(&options, &target, &err);

	if (!s)
		fail_msg("%s", err.text);
	assert_int_equal(sampler_specs(s)->sampling.n, EVENTS);
	strtab_init(&strings);
	dso_table_init(&dsos, &strings);
	run_info_of_machine(&info);
	writer_init(&w, out, sampler_specs(s), NULL, NULL);
	assert_int_equal(sampler_start(s, &err), 0);
	assert_int_equal(target_start(&target, &err), 0);
	while (target_alive(&target)) {
		sampler_wait(s, 100);
		records_write(s, &w);
	}
	sampler_stop(s);
	records_write(s, &w);
	assert_int_equal(writer_end_data(&w, &err), 0);
	assert_int_equal(writer_finish(&w, &info, &dsos, &err), 0);
	assert_int_equal(out_commit(out, &err), 0);
	writer_release(&w);
	run_info_release(&info);
	dso_table_release(&dsos);
	strtab_release(&strings);
	target_release(&target);
}

static void count_own(const char *path, uint64_t n[EVENTS])
{
	struct error err;
	scoped(recording_close) struct recording *r = recording_open(path, &err);
	scoped(cursor_free) struct cursor *c = cursor_new(r, &(struct filter){0});
	const struct decode_event *events;
	struct event ev;
	size_t n_events;
	int got;

	events = recording_events(r, &n_events);
	assert_int_equal(n_events, EVENTS);
	for (size_t i = 0; i < EVENTS; i++)
		assert_string_equal(decode_event_name(&events[i]), names[i]);
	while ((got = cursor_next(c, &ev, &err)) > 0)
		if (ev.kind == EVENT_SAMPLE) {
			assert_true(ev.time > 0 && ev.pid > 0);
			assert_int_equal(ev.sample.period != 0, 1);
		}
	if (got < 0)
		fail_msg("%s", err.text);
	for (uint32_t i = 0; i < EVENTS; i++)
		n[i] = cursor_samples(c, i);
}

/* Counts the lines of a command's output that have an event's name in them. */
static void count_lines(const char *command, uint64_t n[EVENTS])
{
	FILE *f = popen(command, "re");
	char line[1024];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		for (size_t i = 0; i < EVENTS; i++)
			n[i] += strstr(line, names[i]) != NULL;
	assert_int_equal(pclose(f), 0);
}

static void two_events_are_recorded_and_read(void **state)
{
	char path[] = "/tmp/flame-two-events-XXXXXX", command[200];
	uint64_t own[EVENTS] = {0}, perf[EVENTS] = {0}, headings[EVENTS] = {0};
	int fd;

	(void)state;
	if (!may_record(false))
		skip();
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	record_to(path);
	count_own(path, own);
	assert_true(own[CLOCK] > 0);
	assert_true(own[FAULTS] > 0);
	if (system("perf --version >/dev/null 2>&1") == 0) {
		snprintf(command, sizeof(command),
			 "perf script -f -F pid,time,event -G -i %s 2>&1", path);
		count_lines(command, perf);
		assert_int_equal(perf[CLOCK], own[CLOCK]);
		assert_int_equal(perf[FAULTS], own[FAULTS]);
		snprintf(
			command, sizeof(command),
			"perf report -f --stdio --header -i %s 2>&1 | grep -a 'of event'",
			path);
		count_lines(command, headings);
		assert_int_equal(headings[CLOCK], 1);
		assert_int_equal(headings[FAULTS], 1);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_events_are_recorded_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
