#include "record/sampler.h"

#include "base/scoped.h"
#include "record/data/decode.h"
#include "tests/record/may_record.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SPLIT SAMPLES_DIR "/split"
#define SPIN  SAMPLES_DIR "/spin"

enum { FREQUENCY = 1999, CPUS_MOST = 4096, GAPS_MOST = 8192 };

/* The records from the rings, counted. */
struct seen {
	uint32_t pid; /* of the target */
	uint64_t samples, of_pid, with_chain, of_others;
	uint64_t maps, maps_of_split, maps_with_inode, comms, forks, exits, lost;
	uint32_t tids[16];
	size_t n_tids;
	bool cpus[CPUS_MOST];

	/* ns between samples of the target that follow each other on one CPU. */
	uint64_t gaps[GAPS_MOST];
	size_t n_gaps;
	uint32_t last_cpu;
	uint64_t last_time;
};

static void note_sample(struct seen *seen, const struct event *ev)
{
	size_t i = 0;

	seen->samples++;
	assert_true(ev->time > 0 && ev->cpu < CPUS_MOST);
	seen->cpus[ev->cpu] = true;
	if (ev->pid != seen->pid) {
		seen->of_others++;
		return;
	}
	seen->of_pid++;
	if (ev->cpu == seen->last_cpu && ev->time > seen->last_time && seen->last_time &&
	    seen->n_gaps < GAPS_MOST)
		seen->gaps[seen->n_gaps++] = ev->time - seen->last_time;
	seen->last_cpu = ev->cpu;
	seen->last_time = ev->time;
	seen->with_chain += ev->sample.n_chain > 3;
	while (i < seen->n_tids && seen->tids[i] != ev->tid)
		i++;
	if (i == seen->n_tids && i < array_size(seen->tids))
		seen->tids[seen->n_tids++] = ev->tid;
}

static void note_event(struct seen *seen, const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_SAMPLE:
		note_sample(seen, ev);
		break;
	case EVENT_MMAP:
		if (ev->pid != seen->pid)
			break;
		seen->maps++;
		seen->maps_of_split += !strcmp(ev->mmap.path, SPLIT);
		seen->maps_with_inode += ev->mmap.inode && !ev->mmap.build_id.size;
		break;
	case EVENT_COMM:
		seen->comms += ev->pid == seen->pid && ev->comm.is_exec &&
			       !strcmp(ev->comm.comm, "split");
		break;
	case EVENT_FORK:
		seen->forks += ev->pid == seen->pid || ev->fork.parent_pid == seen->pid;
		break;
	case EVENT_EXIT:
		seen->exits += ev->pid == seen->pid;
		break;
	case EVENT_LOST:
		seen->lost += ev->lost.count;
		break;
	default:
		break;
	}
}

static void decoder_of(const struct event_spec *spec, struct decode_event *e)
{
	struct bytes attr = bytes_of(&spec->attr, spec->attr.size);
	struct error err;

	assert_int_equal(decode_event_read(e, &attr, &err), 0);
}

static void take_record(const struct event_spec *spec, struct seen *seen, bool is_sample,
			const void *record, size_t size)
{
	struct bytes b = bytes_of(record, size);
	struct perf_event_header header;
	struct decode_event decoder;
	struct event ev;
	struct error err;

	memcpy(&header, record, sizeof(header));
	assert_int_equal(header.size, size);
	decoder_of(spec, &decoder);
	assert_int_equal(decode_record(&decoder, &b, &ev, &err), 0);
	assert_true(is_sample || ev.kind != EVENT_SAMPLE);
	note_event(seen, &ev);
}

static void drain(struct sampler *s, struct seen *seen)
{
	const struct event_specs *specs = sampler_specs(s);
	const void *record;
	size_t size;

	assert_int_equal(specs->sampling.n, 1);
	while (sampler_next_side_band(s, &record, &size))
		take_record(&specs->side_band, seen, false, record, size);
	while (sampler_next(s, &record, &size))
		take_record(specs->sampling.items, seen, true, record, size);
}

static struct sampler *open_on(struct target *target, uint64_t frequency)
{
	const struct sampler_options options = {.frequency = frequency};
	struct error err = {0};
	struct sampler *s;

	if (target_prepare(target, &err) < 0)
		fail_msg("%s", err.text);
	s = sampler_open(&options, target, &err);
	if (!s)
		fail_msg("%s", err.text);
	return s;
}

/* Until the target ends, or 'rounds' have passed. */
static void take(struct sampler *s, struct target *target, int rounds, struct seen *seen)
{
	struct error err;

	assert_int_equal(sampler_start(s, &err), 0);
	assert_int_equal(target_start(target, &err), 0);
	while (target_alive(target) && rounds--) {
		sampler_wait(s, 100);
		drain(s, seen);
	}
	sampler_stop(s);
	drain(s, seen);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Most samples follow their last one after a period, however often the program had to
 * wait for a CPU. The period of cycles is not a time. */
static void check_rate(const struct sampler *s, struct seen *seen)
{
	const struct event_spec *spec = sampler_specs(s)->sampling.items;
	double median;

	assert_true(seen->of_pid > 0);
	if (spec->attr.type != PERF_TYPE_SOFTWARE)
		return;
	assert_true(seen->n_gaps > 0);
	qsort(seen->gaps, seen->n_gaps, sizeof(*seen->gaps), by_value);
	median = (double)seen->gaps[seen->n_gaps / 2];
	assert_true(median > 0.8 * 1e9 / FREQUENCY && median < 1.2 * 1e9 / FREQUENCY);
}

static void records_a_command(void **state)
{
	char *const command[] = {SPLIT, "2", NULL};
	struct target target = {.command = command};
	struct sampler_losses losses;
	struct seen seen = {0};

	(void)state;
	if (!may_record(false))
		skip();
	scoped(sampler_free) struct sampler *s = open_on(&target, FREQUENCY);

	seen.pid = (uint32_t)target.child;
	take(s, &target, -1, &seen);
	assert_int_equal(target.exit_status, 0);
	check_rate(s, &seen);
	assert_true(seen.with_chain > seen.of_pid * 9 / 10);
	assert_int_equal(seen.of_others, 0);
	assert_true(seen.maps_of_split > 0 && seen.maps >= 3);
	assert_true(seen.maps_with_inode > 0);
	assert_int_equal(seen.comms, 1);
	assert_int_equal(seen.exits, 1);
	assert_int_equal(seen.lost, 0);
	sampler_losses(s, &losses);
	assert_int_equal(losses.samples, 0);
	assert_int_equal(losses.side_band, 0);
	target_release(&target);
}

static pid_t start(char *const *command)
{
	pid_t pid = fork();

	if (pid == 0) {
		execv(command[0], command);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

/* Threads that are there and threads that come: all but the first one of spin's. */
static void records_processes(void **state)
{
	char *const script[] = {"/bin/sh", "-c", SPIN " 1 0.3; exec " SPIN " 3 0.7",
				NULL};
	char *const split[] = {SPLIT, "1", NULL};
	struct target target = {0};
	struct seen seen = {0};
	pid_t pids[2];

	(void)state;
	if (!may_record(false))
		skip();
	pids[0] = start(script);
	pids[1] = start(split);
	for (size_t i = 0; i < 2; i++)
		vec_push(&target.pids, (uint32_t)pids[i]);
	scoped(sampler_free) struct sampler *s = open_on(&target, FREQUENCY);

	seen.pid = (uint32_t)pids[0];
	take(s, &target, -1, &seen);
	assert_true(seen.of_pid > 0);
	/* spin's three, and the shell before it if it was ever seen. */
	assert_true(seen.n_tids >= 3);
	assert_true(seen.forks >= 3);
	assert_true(seen.exits >= 3);
	assert_true(seen.of_others > 0);
	assert_int_equal(seen.lost, 0);
	target_release(&target);
	for (size_t i = 0; i < 2; i++)
		waitpid(pids[i], NULL, 0);
}

static void records_the_whole_machine(void **state)
{
	char *const command[] = {SPLIT, "2", NULL};
	struct target target = {.whole_machine = true, .command = command};
	struct seen seen = {0};
	int cpus = 0;

	(void)state;
	if (!may_record(true))
		skip();
	scoped(sampler_free) struct sampler *s = open_on(&target, FREQUENCY);

	seen.pid = (uint32_t)target.child;
	take(s, &target, -1, &seen);
	check_rate(s, &seen);
	for (size_t i = 0; i < CPUS_MOST; i++)
		cpus += seen.cpus[i];
	/* cpu-clock ticks on idle CPUs, too; cycles don't. */
	if (sampler_specs(s)->sampling.items[0].attr.type == PERF_TYPE_SOFTWARE)
		assert_int_equal(cpus, sysconf(_SC_NPROCESSORS_ONLN));
	assert_true(seen.of_others > 0);
	assert_true(seen.maps_of_split > 0 && seen.maps_with_inode > 0);
	assert_int_equal(seen.comms, 1);
	assert_int_equal(seen.exits, 1);
	assert_int_equal(seen.lost, 0);
	target_release(&target);
}

/* Nothing is read while the command lives: all records are still there after its end. */
static void rings_outlive_the_target(void **state)
{
	char *const command[] = {SPLIT, "1", NULL};
	struct target target = {.command = command};
	struct seen seen = {0};
	struct error err;

	(void)state;
	if (!may_record(false))
		skip();
	scoped(sampler_free) struct sampler *s = open_on(&target, 99);

	seen.pid = (uint32_t)target.child;
	assert_int_equal(sampler_start(s, &err), 0);
	assert_int_equal(target_start(&target, &err), 0);
	while (target_alive(&target))
		poll(NULL, 0, 10);
	drain(s, &seen);
	assert_true(seen.maps_of_split > 0 && seen.exits == 1 && seen.of_pid > 0);
	assert_int_equal(seen.lost, 0);
	target_release(&target);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

/* How often the sleep ended while four alarms rang, each of which ends one. */
static int wakes_in_four_alarms(struct sampler *s, struct seen *seen)
{
	const struct itimerval every_50_ms = {{0, 50000}, {0, 50000}}, off = {0};
	const struct sigaction action = {.sa_handler = on_alarm};
	int wakes = 0;

	alarms = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every_50_ms, NULL);
	for (; alarms < 4; wakes++) {
		sampler_wait_side_band(s);
		drain(s, seen);
	}
	setitimer(ITIMER_REAL, &off, NULL);
	return wakes;
}

/* A thread's descriptor is "ready" for ever once it has gone; waiting must still be
 * waiting, or the recorder would use up a CPU. */
static void waits_when_targets_are_gone(void **state)
{
	char *const split[] = {SPLIT, "1", NULL};
	char *const sleeper[] = {"/bin/sleep", "100", NULL};
	struct target target = {0};
	struct seen seen = {0};
	struct error err;
	pid_t pids[2];

	(void)state;
	if (!may_record(false))
		skip();
	pids[0] = start(sleeper);
	pids[1] = start(split);
	for (size_t i = 0; i < 2; i++)
		vec_push(&target.pids, (uint32_t)pids[i]);
	scoped(sampler_free) struct sampler *s = open_on(&target, 99);

	assert_int_equal(sampler_start(s, &err), 0);
	waitpid(pids[1], NULL, 0);
	/* Its last records, the nudge, and at most one wake for each of its
	 * descriptors. */
	sampler_nudge_side_band(s);
	assert_true(wakes_in_four_alarms(s, &seen) < 50);
	kill(pids[0], SIGKILL);
	waitpid(pids[0], NULL, 0);
	target_release(&target);
}

/* The first record wakes, and so does a nudge that came before the sleep. */
static void side_band_wakes(void **state)
{
	char *const command[] = {SPLIT, "1", NULL};
	struct target target = {.command = command};
	struct seen seen = {0};
	struct error err;

	(void)state;
	if (!may_record(false))
		skip();
	scoped(sampler_free) struct sampler *s = open_on(&target, 99);

	seen.pid = (uint32_t)target.child;
	sampler_nudge_side_band(s);
	sampler_wait_side_band(s);
	assert_int_equal(sampler_start(s, &err), 0);
	assert_int_equal(target_start(&target, &err), 0);
	while (!seen.maps_of_split) {
		sampler_wait_side_band(s);
		drain(s, &seen);
	}
	assert_true(target_alive(&target));
	while (!seen.exits) {
		sampler_wait_side_band(s);
		drain(s, &seen);
	}
	target_stop(&target);
	target_release(&target);
}

/* In a child without any privilege: 0, or the number of the line that failed. */
static int as_nobody(void)
{
	const struct sampler_options options = {.frequency = FREQUENCY};
	char *const command[] = {SPLIT, "0.3", NULL};
	struct target target = {.whole_machine = true};
	struct seen seen = {0};
	struct error err = {0};
	struct sampler *s;

	/* A process that has changed its user hides itself and its children from them. */
	if (setgid(65534) < 0 || setuid(65534) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
		return __LINE__;
	if (sampler_open(&options, &target, &err) || !strstr(err.text, "CAP_PERFMON") ||
	    !strstr(err.text, "perf_event_paranoid") || !strstr(err.text, "sudo"))
		return __LINE__;
	target = (struct target){.command = command};
	if (target_prepare(&target, &err) < 0)
		return __LINE__;
	s = sampler_open(&options, &target, &err);
	if (!s)
		return __LINE__;
	if (!sampler_note(s) || !strstr(sampler_note(s), "kernel's part is left out"))
		return __LINE__;
	seen.pid = (uint32_t)target.child;
	take(s, &target, -1, &seen);
	sampler_free(&s);
	if (!seen.of_pid || !seen.maps_of_split)
		return __LINE__;
	target_release(&target);
	return 0;
}

static void ordinary_users_get_user_space(void **state)
{
	int status, line = 0, fds[2];
	FILE *paranoid = fopen("/proc/sys/kernel/perf_event_paranoid", "r");
	int level = 0;
	pid_t pid;

	(void)state;
	if (paranoid) {
		if (fscanf(paranoid, "%d", &level) != 1)
			level = 0;
		fclose(paranoid);
	}
	if (geteuid() != 0 || level != 2 || !may_record(true))
		skip();
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		line = as_nobody();
		_exit(write(fds[1], &line, sizeof(line)) != sizeof(line));
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &line, sizeof(line)), sizeof(line));
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (line)
		fail_msg("line %d", line);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_a_command),
		cmocka_unit_test(records_processes),
		cmocka_unit_test(records_the_whole_machine),
		cmocka_unit_test(rings_outlive_the_target),
		cmocka_unit_test(waits_when_targets_are_gone),
		cmocka_unit_test(side_band_wakes),
		cmocka_unit_test(ordinary_users_get_user_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
