#include "record/band.h"

#include "base/narrow.h"
#include "record/kernel_limits.h"
#include "record/proc_file.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <perf/core.h>
#include <perf/cpumap.h>
#include <perf/event.h>
#include <perf/evlist.h>
#include <perf/evsel.h>
#include <perf/mmap.h>
#include <perf/threadmap.h>

enum { CONSUME_SHARE = 8 }; /* of a ring is read before the kernel gets it back */

/* libperf forgets the maps and ids of an event that is deleted with its list. Each
 * recorder opens its events once, so the leak is accepted, and hidden from the leak
 * checker. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static void leaks_allow(bool yes)
{
	if (yes && __lsan_disable)
		__lsan_disable();
	if (!yes && __lsan_enable)
		__lsan_enable();
}

static int print_nothing(enum libperf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

void band_library_init(void)
{
	libperf_init(print_nothing);
}

/* All threads that the target has now; NULL with errno if it has none. */
static struct perf_thread_map *target_threads(const struct target *target)
{
	VEC(pid_t) tids = {0};
	struct perf_thread_map *map;

	if (target->whole_machine)
		return perf_thread_map__new_dummy();
	if (target->child)
		vec_push(&tids, target->child);
	for (size_t i = 0; i < target->pids.n; i++) {
		struct proc_dir dir;
		char path[64];
		uint32_t tid;

		snprintf(path, sizeof(path), "/proc/%u/task", target->pids.items[i]);
		if (!proc_dir_open(&dir, path))
			continue;
		while (proc_dir_next(&dir, &tid))
			vec_push(&tids, (pid_t)tid);
		proc_dir_close(&dir);
	}
	errno = ESRCH;
	map = tids.n ? perf_thread_map__new_array(narrow_int(tids.n), tids.items) : NULL;
	vec_release(&tids);
	return map;
}

void band_close(struct band *b)
{
	struct ring *ring;

	if (b->events)
		perf_evlist__delete(b->events);
	vec_release(&b->members);
	vec_each(ring, &b->rings)
		ring_release(ring);
	vec_release(&b->rings);
	*b = (struct band){0};
}

/* A library built from other headers may know a longer attr than ours. */
static struct perf_evsel *evsel_of(const struct perf_event_attr *attr)
{
	union {
		struct perf_event_attr attr;
		char room[2 * sizeof(struct perf_event_attr)];
	} padded = {.room = {0}};

	padded.attr = *attr;
	return perf_evsel__new(&padded.attr);
}

static void evlist_fill(struct band *b, const struct event_spec *specs, size_t n,
			struct perf_thread_map *threads)
{
	struct perf_cpu_map *cpus = perf_cpu_map__new(NULL);

	b->n_cpus = perf_cpu_map__nr(cpus);
	b->n_tasks = perf_thread_map__nr(threads);
	b->events = perf_evlist__new();
	for (size_t i = 0; i < n; i++) {
		vec_push(&b->members, evsel_of(&specs[i].attr));
		perf_evlist__add(b->events, b->members.items[i]);
	}
	perf_evlist__set_maps(b->events, cpus, threads);
	perf_cpu_map__put(cpus);
	perf_thread_map__put(threads);
}

static int evlist_open(struct band *b, const struct event_spec *specs, size_t n,
		       const struct target *target, size_t ring_size)
{
	struct perf_thread_map *threads = target_threads(target);
	int pages = narrow_int(ring_size / kernel_page_size()), result;

	if (!threads)
		return -errno;
	b->ring_size = ring_size;
	evlist_fill(b, specs, n, threads);
	errno = 0;
	result = perf_evlist__open(b->events);
	if (result == 0 && perf_evlist__mmap(b->events, pages) < 0)
		result = errno ? -errno : -ENOMEM;
	if (result < 0)
		band_close(b);
	return result;
}

int band_open(struct band *b, const struct event_spec *specs, size_t n,
	      const struct target *target, size_t ring_size)
{
	int result;

	assert(!b->events && n > 0);
	leaks_allow(true);
	result = evlist_open(b, specs, n, target, ring_size);
	leaks_allow(false);
	return result;
}

/* Calls perf_evsel__read() for the i-th descriptor of an event; false if it cannot be
 * read. */
static bool counts_read(const struct band *b, struct perf_evsel *event, int i,
			struct perf_counts_values *values)
{
	return perf_evsel__read(event, i / b->n_tasks, i % b->n_tasks, values) == 0;
}

void band_read_ids(const struct band *b, struct event_spec *specs)
{
	struct perf_counts_values values;

	for (size_t i = 0; i < b->members.n; i++)
		for (int fd = 0; fd < b->n_cpus * b->n_tasks; fd++)
			if (counts_read(b, b->members.items[i], fd, &values))
				vec_push(&specs[i].ids, values.id);
}

uint64_t band_lost(const struct band *b)
{
	struct perf_counts_values values;
	uint64_t lost = 0;

	for (size_t i = 0; i < b->members.n; i++)
		for (int fd = 0; fd < b->n_cpus * b->n_tasks; fd++)
			if (counts_read(b, b->members.items[i], fd, &values))
				lost += values.lost;
	return lost;
}

int band_start(struct band *b, size_t *failed)
{
	for (size_t i = 0; i < b->members.n; i++) {
		errno = 0;
		if (perf_evsel__enable(b->members.items[i]) < 0) {
			*failed = i;
			return -1;
		}
	}
	return 0;
}

void band_stop(struct band *b)
{
	perf_evlist__disable(b->events);
}

static void ring_give_back(struct band *b)
{
	if (b->owed)
		perf_mmap__consume(b->ring);
	b->owed = 0;
}

/* Opens the next ring that is not empty; false after the last one. */
static bool ring_open_next(struct band *b)
{
	if (!b->done)
		b->index = 0;
	while ((b->done = perf_evlist__next_mmap(b->events, b->done, false))) {
		if (b->index == b->rings.n)
			ring_init(vec_add(&b->rings), b->ring_size);
		b->index++;
		if (perf_mmap__read_init(b->done) < 0)
			continue;
		b->ring = b->done;
		b->taken = 0;
		return true;
	}
	return false;
}

bool band_next(struct band *b, const void **record, size_t *size)
{
	while (b->ring || ring_open_next(b)) {
		union perf_event *event = NULL;

		if (b->owed >= b->ring_size / CONSUME_SHARE)
			ring_give_back(b);
		/* Records that arrive meanwhile are for the next round. */
		if (b->taken < b->ring_size)
			event = perf_mmap__read_event(b->ring);
		if (!event) {
			/* No perf_mmap__read_done(): it would skip records that arrived
			 * just now. */
			ring_give_back(b);
			b->ring = NULL;
			continue;
		}
		*size = event->header.size;
		*record = ring_record(&b->rings.items[b->index - 1], event, *size);
		b->taken += *size;
		b->owed += *size;
		return true;
	}
	return false;
}
