#include "flow/unwinding/waiting_samples.h"

#include "base/bisect.h"

void waiting_samples_release(struct waiting_samples *w)
{
	vec_release(&w->items);
}

uint64_t waiting_samples_add(struct waiting_samples *w, struct waiting_sample sample)
{
	sample.number = ++w->last_number;
	w->bytes += sample.size;
	vec_push(&w->items, sample);
	return sample.number;
}

struct waiting_sample *waiting_samples_find(struct waiting_samples *w, uint64_t number)
{
	size_t at = bisect(0, w->items.n, i, w->items.items[i].number < number);
	struct waiting_sample *it = w->items.items + at;

	return at < w->items.n && it->number == number && it->record ? it : NULL;
}

void waiting_samples_remove(struct waiting_samples *w, struct waiting_sample *sample)
{
	sample->record = NULL;
	w->bytes -= sample->size;
	w->n_gone++;
}

void waiting_samples_shorten(struct waiting_samples *w)
{
	size_t kept = 0;
	const struct waiting_sample *it;

	if (w->n_gone <= w->items.n / 2)
		return;
	vec_each(it, &w->items)
		if (it->record)
			w->items.items[kept++] = *it;
	w->items.n = kept;
	w->n_gone = 0;
}

size_t waiting_samples_count(const struct waiting_samples *w)
{
	return w->items.n - w->n_gone;
}

const struct waiting_sample *waiting_samples_oldest(const struct waiting_samples *w)
{
	const struct waiting_sample *it;

	vec_each(it, &w->items)
		if (it->record)
			return it;
	return NULL;
}

void waiting_samples_times(const struct waiting_samples *w, struct sample_times *times)
{
	const struct waiting_sample *it;

	vec_each(it, &w->items)
		if (it->record)
			sample_times_add(times, it->pid, it->time);
}
