#include "record/slowdown.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/scoped.h"
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
		.before = 1,
	};
	for (size_t i = 0; specs->sampling.n > 1 && i < specs->sampling.n; i++) {
		const struct event_spec *spec = &specs->sampling.items[i];

		event_ids_add(&s->ids, bytes_of(spec->ids.items, 8 * spec->ids.n),
			      (uint32_t)i);
	}
}

void slowdown_release(struct slowdown *s)
{
	event_ids_release(&s->ids);
	mem_release(&s->copy);
}

/* A fixed period grows; a frequency falls. */
static uint64_t kernel_value(const struct perf_event_attr *attr, uint64_t divisor)
{
	if (!attr->freq)
		return attr->sample_period * divisor;
	return attr->sample_freq > divisor ? attr->sample_freq / divisor : 1;
}

void slowdown_repeat(const struct slowdown *s, struct band *b)
{
	for (size_t i = 0; s->in_kernel && i < s->specs->sampling.n; i++) {
		scoped(band_ids_release) struct band_ids ids = {0};
		scoped(event_fds_release) struct event_fds fds = {0};
		uint64_t value =
			kernel_value(&s->specs->sampling.items[i].attr, s->divisor);
		const int *fd;

		band_event_ids(b, i, &ids);
		event_fds_find(&fds, ids.items.items, ids.items.n);
		vec_each(fd, &fds.items)
			ioctl(*fd, PERF_EVENT_IOC_PERIOD, &value);
	}
}

void slowdown_set(struct slowdown *s, struct band *b, uint64_t divisor)
{
	assert(divisor > 0);
	s->before = s->divisor;
	s->divisor = divisor;
	s->n_read = 0;
	slowdown_repeat(s, b);
	s->since = clock_now();
}

static uint64_t word_at(const uint8_t *record, size_t words)
{
	uint64_t word;

	memcpy(&word, record + 8 * words, sizeof(word));
	return word;
}

static const struct perf_event_attr *attr_of(const struct slowdown *s,
					     const uint8_t *record)
{
	uint32_t i = 0;

	if (s->specs->sampling.n > 1)
		i = event_ids_find(&s->ids,
				   word_at(record, s->layout.in_sample[SAMPLE_FIELD_ID]));
	return &s->specs->sampling.items[i].attr;
}

/* The kernel goes on to store the first period of a clock, and stores the right one of a
 * frequency, except for samples that are left out here. The ring cannot be changed. */
static const void *period_corrected(struct slowdown *s, const uint8_t *record,
				    size_t size, uint64_t divisor)
{
	size_t at = s->layout.in_sample[SAMPLE_FIELD_PERIOD];
	const struct perf_event_attr *attr = attr_of(s, record);
	uint64_t period;

	if (attr->freq && s->in_kernel)
		return record;
	period = (attr->freq ? word_at(record, at) : attr->sample_period) * divisor;
	if (!s->copy)
		s->copy = mem_new(UINT16_MAX, 1);
	memcpy(s->copy, record, size);
	memcpy(s->copy + 8 * at, &period, sizeof(period));
	return s->copy;
}

bool slowdown_apply(struct slowdown *s, const void **record, size_t size)
{
	struct perf_event_header header;
	uint64_t divisor = s->divisor;

	if (s->divisor == 1 && s->before == 1)
		return true;
	memcpy(&header, *record, sizeof(header));
	if (header.type != PERF_RECORD_SAMPLE || size < 8 * (size_t)s->layout.n_fixed)
		return true;
	if (s->in_kernel &&
	    word_at(*record, s->layout.in_sample[SAMPLE_FIELD_TIME]) < s->since)
		divisor = s->before;
	if (!s->in_kernel && s->n_read++ % divisor)
		return false;
	if (divisor > 1)
		*record = period_corrected(s, *record, size, divisor);
	return true;
}
