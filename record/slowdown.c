#include "record/slowdown.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/encode.h"
#include "record/event_fds.h"

#include <assert.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>

void slowdown_init(struct slowdown *s, const struct event_specs *specs, bool in_kernel)
{
	const struct perf_event_attr *attr = &specs->sampling.items[0].attr;

	*s = (struct slowdown){
		.specs = specs,
		.layout = sample_layout_of(attr->sample_type, true),
		.in_kernel = in_kernel,
		.divisor = 1,
		.left_out = mem_new(specs->sampling.n, sizeof(*s->left_out)),
	};
	for (size_t i = 0; specs->sampling.n > 1 && i < specs->sampling.n; i++) {
		const struct event_spec *spec = &specs->sampling.items[i];

		event_ids_add(&s->ids, bytes_of(spec->ids.items, 8 * spec->ids.n),
			      (uint32_t)i);
	}
}

void slowdown_release(struct slowdown *s)
{
	struct slowdown_source *source;

	vec_each(source, &s->sources)
		period_history_release(&source->periods);
	vec_release(&s->sources);
	event_ids_release(&s->ids);
	mem_release(&s->left_out);
	mem_release(&s->copy);
	mem_release(&s->shortened);
}

/* A fixed period grows; a frequency falls. */
static uint64_t kernel_value(const struct perf_event_attr *attr, uint64_t divisor)
{
	if (!attr->freq)
		return attr->sample_period * divisor;
	return attr->sample_freq > divisor ? attr->sample_freq / divisor : 1;
}

static struct slowdown_source *source_of(struct slowdown *s, unsigned cpu, size_t event)
{
	size_t i = cpu * s->specs->sampling.n + event;

	while (s->sources.n <= i)
		vec_push(&s->sources, (struct slowdown_source){0});
	return &s->sources.items[i];
}

/* An event that cannot be changed keeps its period: there is no descriptor, or its CPU
 * has gone. */
static void event_set(struct slowdown *s, struct band *b, size_t event, uint64_t opened)
{
	uint64_t value = kernel_value(&s->specs->sampling.items[event].attr, s->divisor);
	scoped(band_ids_release) struct band_ids ids = {0};
	scoped(event_fds_release) struct event_fds fds = {0};
	const struct event_fd *fd;

	band_event_ids(b, event, &ids);
	event_fds_find(&fds, ids.items.items, ids.items.n);
	vec_each(fd, &fds.items) {
		struct slowdown_source *source =
			source_of(s, ids.cpus.items[fd->index], event);
		uint64_t id = ids.items.items[fd->index];

		if (opened && source->id == id)
			continue;
		if (opened)
			period_history_change(&source->periods, opened, 1);
		source->id = id;
		if (ioctl(fd->fd, PERF_EVENT_IOC_PERIOD, &value) == 0)
			period_history_change(&source->periods, clock_now(), s->divisor);
	}
}

void slowdown_repeat(struct slowdown *s, struct band *b, uint64_t opened)
{
	assert(opened > 0);
	for (size_t i = 0; s->in_kernel && s->sources.n && i < s->specs->sampling.n; i++)
		event_set(s, b, i, opened);
}

void slowdown_set(struct slowdown *s, struct band *b, uint64_t divisor)
{
	assert(divisor > 0);
	s->divisor = divisor;
	for (size_t i = 0; s->in_kernel && i < s->specs->sampling.n; i++)
		event_set(s, b, i, 0);
}

static uint64_t word_at(const uint8_t *record, size_t words)
{
	uint64_t word;

	memcpy(&word, record + 8 * words, sizeof(word));
	return word;
}

static uint32_t event_of(const struct slowdown *s, const uint8_t *record)
{
	if (s->specs->sampling.n == 1)
		return 0;
	return event_ids_find(&s->ids,
			      word_at(record, s->layout.in_sample[SAMPLE_FIELD_ID]));
}

/* A ring cannot be changed. */
static const void *copy_with_period(struct slowdown *s, const uint8_t *record,
				    size_t size, uint64_t period)
{
	if (!s->copy)
		s->copy = mem_new(UINT16_MAX, 1);
	memcpy(s->copy, record, size);
	memcpy(s->copy + 8 * (size_t)s->layout.in_sample[SAMPLE_FIELD_PERIOD], &period,
	       sizeof(period));
	return s->copy;
}

/* The kernel goes on to store the first period of a clock, and stores the right one of a
 * frequency. */
static const void *kernel_sample(struct slowdown *s, const uint8_t *record, size_t size)
{
	uint32_t event = event_of(s, record), cpu;
	const struct perf_event_attr *attr = &s->specs->sampling.items[event].attr;
	uint64_t time = word_at(record, s->layout.in_sample[SAMPLE_FIELD_TIME]), count;

	if (attr->freq)
		return record;
	memcpy(&cpu, record + 8 * (size_t)s->layout.in_sample[SAMPLE_FIELD_CPU],
	       sizeof(cpu));
	if (cpu >= CPU_SET_MAX)
		return record;
	count = period_history_count(&source_of(s, cpu, event)->periods, time,
				     attr->sample_period);
	return count == 1
		       ? record
		       : copy_with_period(s, record, size, count * attr->sample_period);
}

/* Returns NULL for a sample that is left out: the next one that is taken stands for it,
 * so that the sum is right however often the divisor changes. */
static const void *read_sample(struct slowdown *s, const uint8_t *record, size_t size)
{
	uint32_t event = event_of(s, record);
	const struct perf_event_attr *attr = &s->specs->sampling.items[event].attr;
	struct slowdown_left_out *left_out = &s->left_out[event];
	uint64_t period = left_out->period;

	period += attr->freq ? word_at(record, s->layout.in_sample[SAMPLE_FIELD_PERIOD])
			     : attr->sample_period;
	if (++left_out->n < s->divisor) {
		left_out->period = period;
		return NULL;
	}
	*left_out = (struct slowdown_left_out){0};
	return copy_with_period(s, record, size, period);
}

void slowdown_shorten_copies(struct slowdown *s, uint32_t most)
{
	const struct perf_event_attr *attr = &s->specs->sampling.items[0].attr;
	struct bytes b = bytes_of(attr, attr->size);
	struct error ignored;

	assert(most > 0 && most % 8 == 0);
	if (decode_event_read(&s->format, &b, &ignored) < 0)
		return;
	s->copy_most = most;
	if (!s->shortened)
		s->shortened = mem_new(UINT16_MAX, 1);
}

/* Samples whose copy is short enough stay. */
static void copy_shorten(struct slowdown *s, const void **record, size_t *size)
{
	struct bytes b = bytes_of(*record, *size);
	struct event ev = {0};
	struct error ignored;

	if (decode_record(&s->format, &b, &ev, &ignored) < 0 || ev.kind != EVENT_SAMPLE ||
	    ev.sample.stack_size <= s->copy_most)
		return;
	ev.sample.stack_size = s->copy_most;
	*size = encode_sample_trimmed(s->shortened, *record, *size, &ev.sample);
	*record = s->shortened;
}

bool slowdown_apply(struct slowdown *s, const void **record, size_t *size)
{
	struct perf_event_header header;

	memcpy(&header, *record, sizeof(header));
	if (header.type != PERF_RECORD_SAMPLE || *size < 8 * (size_t)s->layout.n_fixed)
		return true;
	if (s->in_kernel && s->sources.n)
		*record = kernel_sample(s, *record, *size);
	else if (!s->in_kernel && (s->divisor > 1 || s->left_out[event_of(s, *record)].n))
		*record = read_sample(s, *record, *size);
	if (*record && s->copy_most)
		copy_shorten(s, record, size);
	return *record;
}
