#include "record/data/event_specs.h"

#include <assert.h>

void event_specs_set(struct event_specs *s, const struct known_event *const *events,
		     size_t n, uint64_t frequency, bool kernel)
{
	uint64_t id = n > 1 ? PERF_SAMPLE_IDENTIFIER : 0;

	assert(n > 0);
	event_specs_release(s);
	event_spec_side_band(&s->side_band, kernel);
	s->side_band.attr.sample_type |= id;
	for (size_t i = 0; i < n; i++) {
		struct event_spec *spec = vec_add(&s->sampling);

		event_spec_sample(spec, events[i], frequency, kernel);
		spec->attr.sample_type |= id;
	}
}

void event_specs_stacks(struct event_specs *s, enum stacks stacks, uint32_t size)
{
	struct event_spec *spec;

	vec_each(spec, &s->sampling)
		event_spec_stacks(spec, stacks, size);
}

static struct event_spec spec_copy(const struct event_spec *from)
{
	struct event_spec to = *from;

	memset(&to.ids, 0, sizeof(to.ids));
	for (size_t i = 0; i < from->ids.n; i++)
		vec_push(&to.ids, from->ids.items[i]);
	return to;
}

void event_specs_copy(struct event_specs *to, const struct event_specs *from)
{
	const struct event_spec *spec;

	assert(to != from);
	event_specs_release(to);
	to->side_band = spec_copy(&from->side_band);
	vec_each(spec, &from->sampling)
		vec_push(&to->sampling, spec_copy(spec));
}

struct perf_event_attr event_specs_stored_attr(const struct event_specs *s, size_t i)
{
	const struct event_spec *spec = &s->sampling.items[i];

	assert(i < s->sampling.n);
	return i == 0 ? event_spec_joined(spec, &s->side_band) : spec->attr;
}

size_t event_specs_stored_ids(const struct event_specs *s, size_t i, struct out *out)
{
	const struct event_spec *spec = &s->sampling.items[i];
	size_t size = sizeof(uint64_t) * spec->ids.n, side_band = 0;

	assert(i < s->sampling.n);
	if (i == 0 && s->sampling.n > 1)
		side_band = sizeof(uint64_t) * s->side_band.ids.n;
	if (out && size)
		out_write(out, spec->ids.items, size);
	if (out && side_band)
		out_write(out, s->side_band.ids.items, side_band);
	return size + side_band;
}

void event_specs_release(struct event_specs *s)
{
	struct event_spec *spec;

	vec_each(spec, &s->sampling)
		event_spec_release(spec);
	vec_release(&s->sampling);
	event_spec_release(&s->side_band);
	*s = (struct event_specs){0};
}
