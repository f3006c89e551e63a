#include "record/band.h"

#include "base/scoped.h"
#include "base/thread/mutex.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void band_ids_release(struct band_ids *ids)
{
	vec_release(&ids->items);
	vec_release(&ids->cpus);
}

void band_close(struct band *b)
{
	struct band_entry *entry;

	if (!b->is_open)
		return;
	vec_each(entry, &b->cpus)
		band_cpu_close(&entry->events);
	vec_release(&b->cpus);
	pthread_mutex_destroy(&b->lock);
	*b = (struct band){0};
}

static int cpu_open(struct band *b, const struct band_events *events, unsigned cpu)
{
	struct band_entry entry = {0};
	int result;

	entry.events = band_cpu_open(cpu, events->specs, events->n, events->tasks,
				     b->ring_size, &result);
	if (entry.events)
		vec_push(&b->cpus, entry);
	return result;
}

int band_open(struct band *b, const struct band_events *events,
	      const struct cpu_set *cpus, size_t ring_size)
{
	int result = 0;

	assert(!b->is_open && events->n > 0);
	b->is_open = true;
	b->ring_size = ring_size;
	mutex_init(&b->lock);
	for (unsigned cpu = 0; result == 0 && cpu < CPU_SET_MAX; cpu++) {
		if (!cpu_set_has(cpus, cpu))
			continue;
		result = cpu_open(b, events, cpu);
		if (result == -ENODEV)
			result = 0; /* it went offline just now */
	}
	if (result == 0 && !b->cpus.n)
		result = -ENODEV;
	if (result < 0)
		band_close(b);
	return result;
}

/* Records of the new events get the ids of the first ones. */
static void ids_set(struct band_cpu *c, const struct band_events *events)
{
	scoped(band_ids_release) struct band_ids ids = {0};

	for (size_t i = 0; i < events->n; i++)
		vec_push(&ids.items, events->specs[i].ids.items[0]);
	band_cpu_set_ids(c, ids.items.items);
}

int band_add_cpu(struct band *b, const struct band_events *events, unsigned cpu)
{
	struct band_cpu *c;
	size_t failed;
	int result;

	/* Opening takes long: not under the lock. */
	c = band_cpu_open(cpu, events->specs, events->n, events->tasks, b->ring_size,
			  &result);
	if (!c)
		return result;
	if (events->n > 1)
		ids_set(c, events);
	pthread_mutex_lock(&b->lock);
	vec_push(&b->cpus, ((struct band_entry){.events = c}));
	if (b->is_started)
		band_cpu_start(c, &failed);
	pthread_mutex_unlock(&b->lock);
	return 0;
}

static struct band_entry *entry_find(const struct band *b, unsigned cpu)
{
	struct band_entry *entry;

	vec_each(entry, &b->cpus)
		if (band_cpu_number(entry->events) == cpu && !entry->is_gone)
			return entry;
	return NULL;
}

void band_drop_cpu(struct band *b, unsigned cpu)
{
	struct band_entry *entry;

	pthread_mutex_lock(&b->lock);
	entry = entry_find(b, cpu);
	if (entry)
		entry->is_gone = true;
	pthread_mutex_unlock(&b->lock);
}

bool band_has_cpu(struct band *b, unsigned cpu)
{
	bool has;

	pthread_mutex_lock(&b->lock);
	has = entry_find(b, cpu);
	pthread_mutex_unlock(&b->lock);
	return has;
}

void band_event_ids(struct band *b, size_t event, struct band_ids *ids)
{
	const struct band_entry *entry;

	pthread_mutex_lock(&b->lock);
	vec_each(entry, &b->cpus) {
		size_t n;
		const uint64_t *items = band_cpu_ids(entry->events, event, &n);

		for (size_t i = 0; i < n; i++) {
			vec_push(&ids->items, items[i]);
			vec_push(&ids->cpus, band_cpu_number(entry->events));
		}
	}
	pthread_mutex_unlock(&b->lock);
}

void band_store_ids(struct band *b, size_t event, struct event_spec *spec)
{
	scoped(band_ids_release) struct band_ids ids = {0};

	band_event_ids(b, event, &ids);
	for (size_t i = 0; i < ids.items.n; i++)
		vec_push(&spec->ids, ids.items.items[i]);
}

uint64_t band_lost(struct band *b)
{
	const struct band_entry *entry;
	uint64_t lost;

	pthread_mutex_lock(&b->lock);
	lost = b->closed_lost;
	vec_each(entry, &b->cpus)
		lost += band_cpu_lost(entry->events);
	pthread_mutex_unlock(&b->lock);
	return lost;
}

int band_start(struct band *b, size_t *failed)
{
	const struct band_entry *entry;
	int result = 0;

	pthread_mutex_lock(&b->lock);
	b->is_started = true;
	vec_each(entry, &b->cpus)
		if (result == 0)
			result = band_cpu_start(entry->events, failed);
	pthread_mutex_unlock(&b->lock);
	return result;
}

void band_start_by_exec(struct band *b)
{
	pthread_mutex_lock(&b->lock);
	b->is_started = true;
	pthread_mutex_unlock(&b->lock);
}

void band_stop(struct band *b)
{
	const struct band_entry *entry;

	pthread_mutex_lock(&b->lock);
	b->is_started = false;
	vec_each(entry, &b->cpus)
		band_cpu_stop(entry->events);
	pthread_mutex_unlock(&b->lock);
}

/* Closes a CPU after its ring is read to its end; the next one moves to its place. */
static void gone_close(struct band *b, size_t index)
{
	struct band_entry *at = &b->cpus.items[index];

	b->closed_lost += band_cpu_lost(at->events);
	band_cpu_close(&at->events);
	b->cpus.n--;
	memmove(at, at + 1, (b->cpus.n - index) * sizeof(*at));
}

/* Opens the next ring that is not empty; false after the last one. */
static bool ring_open_next(struct band *b)
{
	pthread_mutex_lock(&b->lock);
	while (!b->current && b->index < b->cpus.n) {
		const struct band_entry *entry = &b->cpus.items[b->index];

		if (band_cpu_read(entry->events)) {
			b->current = entry->events;
		} else if (entry->is_gone) {
			gone_close(b, b->index);
			continue;
		}
		b->index++;
	}
	if (!b->current)
		b->index = 0;
	pthread_mutex_unlock(&b->lock);
	return b->current;
}

bool band_next(struct band *b, const void **record, size_t *size)
{
	while (b->current || ring_open_next(b)) {
		if (band_cpu_next(b->current, record, size))
			return true;
		b->current = NULL;
	}
	return false;
}
