#include "record/band_cpu.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "record/kernel_limits.h"
#include "record/proc_file.h"
#include "record/ring.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <perf/core.h>
#include <perf/cpumap.h>
#include <perf/event.h>
#include <perf/evlist.h>
#include <perf/evsel.h>
#include <perf/mmap.h>
#include <perf/threadmap.h>

enum { CONSUME_SHARE = 8 }; /* of a ring is read before the kernel gets it back */

struct band_cpu {
	unsigned cpu;
	struct perf_evlist *events;
	VEC(struct perf_evsel *) members; /* of the list, one for each event */
	size_t n_tasks;
	/* Ids of the members, 'n_tasks' of each, and the ids that the members have in
	 * records that are read; empty: those of the kernel. */
	VEC(uint64_t) ids, known_ids;
	uint8_t *copy; /* of a record with a known id; NULL: not needed yet */

	struct perf_mmap *map;
	struct ring ring;
	size_t taken, owed; /* bytes of the ring read in this round, and not given back */
};

/* libperf forgets the maps and ids of an event that is deleted with its list. That is
 * less than a kilobyte for each time a CPU comes, so the leak is accepted, and hidden
 * from the leak checker. */
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

static void threads_add(struct band_tasks *tasks, uint32_t pid)
{
	struct proc_dir dir;
	char path[64];
	uint32_t tid;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	if (!proc_dir_open(&dir, path))
		return;
	while (proc_dir_next(&dir, &tid))
		vec_push(&tasks->tids, (pid_t)tid);
	proc_dir_close(&dir);
}

void band_tasks_find(struct band_tasks *tasks, const struct target *target,
		     const uint32_t *pids, size_t n)
{
	tasks->by_cpu = target_by_cpu(target);
	if (tasks->by_cpu)
		return;
	if (target->child)
		threads_add(tasks, (uint32_t)target->child);
	for (size_t i = 0; i < target->pids.n; i++)
		threads_add(tasks, target->pids.items[i]);
	for (size_t i = 0; i < target->tids.n; i++)
		vec_push(&tasks->tids, (pid_t)target->tids.items[i]);
	for (size_t i = 0; i < n; i++)
		threads_add(tasks, pids[i]);
}

void band_tasks_release(struct band_tasks *tasks)
{
	vec_release(&tasks->tids);
}

void band_cpu_close(struct band_cpu **cp)
{
	struct band_cpu *c = *cp;

	if (!c)
		return;
	if (c->events)
		perf_evlist__delete(c->events);
	vec_release(&c->members);
	vec_release(&c->ids);
	vec_release(&c->known_ids);
	mem_free(c->copy);
	ring_release(&c->ring);
	mem_free(c);
	*cp = NULL;
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

static void evlist_fill(struct band_cpu *c, const struct event_spec *specs, size_t n,
			struct perf_thread_map *threads)
{
	struct perf_cpu_map *cpus;
	char name[16];

	snprintf(name, sizeof(name), "%u", c->cpu);
	cpus = perf_cpu_map__new(name);
	c->events = perf_evlist__new();
	for (size_t i = 0; i < n; i++) {
		vec_push(&c->members, evsel_of(&specs[i].attr));
		perf_evlist__add(c->events, c->members.items[i]);
	}
	perf_evlist__set_maps(c->events, cpus, threads);
	perf_cpu_map__put(cpus);
}

/* Calls perf_evsel__read() for the i-th descriptor of a member. */
static bool counts_read(const struct band_cpu *c, size_t member, size_t i,
			struct perf_counts_values *values)
{
	return perf_evsel__read(c->members.items[member], 0, narrow_int(i), values) == 0;
}

static void ids_read(struct band_cpu *c)
{
	for (size_t i = 0; i < c->members.n; i++)
		for (size_t task = 0; task < c->n_tasks; task++) {
			struct perf_counts_values values = {0};

			counts_read(c, i, task, &values);
			vec_push(&c->ids, values.id);
		}
}

static int events_open(struct band_cpu *c, const struct event_spec *specs, size_t n,
		       struct perf_thread_map *threads, size_t ring_size)
{
	int pages = narrow_int(ring_size / kernel_page_size()), result;

	c->n_tasks = (size_t)perf_thread_map__nr(threads);
	evlist_fill(c, specs, n, threads);
	errno = 0;
	result = perf_evlist__open(c->events);
	if (result == 0 && perf_evlist__mmap(c->events, pages) < 0)
		result = errno == EPERM ? -ENOBUFS : errno ? -errno : -ENOMEM;
	if (result < 0)
		return result;
	c->map = perf_evlist__next_mmap(c->events, NULL, false);
	ring_init(&c->ring, ring_size);
	ids_read(c);
	return c->map ? 0 : -ENOMEM;
}

/* NULL with errno if there are none. */
static struct perf_thread_map *thread_map(const struct band_tasks *tasks)
{
	if (tasks->by_cpu)
		return perf_thread_map__new_dummy();
	errno = ESRCH;
	if (!tasks->tids.n)
		return NULL;
	return perf_thread_map__new_array(narrow_int(tasks->tids.n), tasks->tids.items);
}

struct band_cpu *band_cpu_open(unsigned cpu, const struct event_spec *specs, size_t n,
			       const struct band_tasks *tasks, size_t ring_size,
			       int *result)
{
	struct perf_thread_map *threads;
	struct band_cpu *c;

	assert(n > 0);
	leaks_allow(true);
	threads = thread_map(tasks);
	if (!threads) {
		*result = -errno;
		leaks_allow(false);
		return NULL;
	}
	c = mem_new(1, sizeof(*c));
	c->cpu = cpu;
	*result = events_open(c, specs, n, threads, ring_size);
	perf_thread_map__put(threads);
	if (*result < 0)
		band_cpu_close(&c);
	leaks_allow(false);
	return c;
}

unsigned band_cpu_number(const struct band_cpu *c)
{
	return c->cpu;
}

const uint64_t *band_cpu_ids(const struct band_cpu *c, size_t i, size_t *n)
{
	*n = c->n_tasks;
	return c->ids.items + i * c->n_tasks;
}

void band_cpu_set_ids(struct band_cpu *c, const uint64_t *ids)
{
	c->known_ids.n = 0;
	for (size_t i = 0; i < c->members.n; i++)
		vec_push(&c->known_ids, ids[i]);
}

uint64_t band_cpu_lost(const struct band_cpu *c)
{
	struct perf_counts_values values;
	uint64_t lost = 0;

	for (size_t i = 0; i < c->members.n; i++)
		for (size_t task = 0; task < c->n_tasks; task++)
			if (counts_read(c, i, task, &values))
				lost += values.lost;
	return lost;
}

int band_cpu_start(struct band_cpu *c, size_t *failed)
{
	for (size_t i = 0; i < c->members.n; i++) {
		errno = 0;
		if (perf_evsel__enable(c->members.items[i]) < 0) {
			*failed = i;
			return -1;
		}
	}
	return 0;
}

void band_cpu_stop(struct band_cpu *c)
{
	perf_evlist__disable(c->events);
}

bool band_cpu_read(struct band_cpu *c)
{
	c->taken = 0;
	return perf_mmap__read_init(c->map) == 0;
}

static void ring_give_back(struct band_cpu *c)
{
	if (c->owed)
		perf_mmap__consume(c->map);
	c->owed = 0;
}

/* Returns a copy of the record with the known id, in front of a sample, at the end of any
 * other record. The kernel does not let the ring itself be changed. */
static const void *id_replaced(struct band_cpu *c, const void *record, size_t size)
{
	struct perf_event_header header;
	uint8_t *at;
	uint64_t id;

	if (!c->copy)
		c->copy = mem_new(UINT16_MAX, 1);
	memcpy(c->copy, record, size);
	memcpy(&header, record, sizeof(header));
	at = c->copy +
	     (header.type == PERF_RECORD_SAMPLE ? sizeof(header) : size - sizeof(id));
	memcpy(&id, at, sizeof(id));
	for (size_t i = 0; i < c->ids.n; i++)
		if (c->ids.items[i] == id)
			memcpy(at, &c->known_ids.items[i / c->n_tasks], sizeof(id));
	return c->copy;
}

bool band_cpu_next(struct band_cpu *c, const void **record, size_t *size)
{
	union perf_event *event = NULL;

	if (c->owed >= c->ring.size / CONSUME_SHARE)
		ring_give_back(c);
	/* Records that arrive meanwhile are for the next round. */
	if (c->taken < c->ring.size)
		event = perf_mmap__read_event(c->map);
	if (!event) {
		/* No perf_mmap__read_done(): it would skip records that arrived just
		 * now. */
		ring_give_back(c);
		return false;
	}
	*size = event->header.size;
	*record = ring_record(&c->ring, event, *size);
	if (c->known_ids.n)
		*record = id_replaced(c, *record, *size);
	c->taken += *size;
	c->owed += *size;
	return true;
}
