#include "model/run_info.h"

#include "base/scoped.h"
#include "base/sum.h"
#include "model/secrets.h"

#include <string.h>

void run_info_set_command(struct run_info *c, const char *line)
{
	scoped(out_free) struct out *out = out_memory();
	struct secret_filter filter = {.out = out, .is_line = true};

	secret_filter_write(&filter, line ? line : "");
	c->command = line ? run_info_text(c, out_data(out)) : NULL;
}

const char *run_info_text(struct run_info *c, const char *s)
{
	return s ? arena_str(&c->text, s, strlen(s)) : NULL;
}

void run_info_set_rates(struct run_info *c, const struct rate_change *rates, uint32_t n)
{
	struct rate_change *copy = NULL;

	if (n) {
		copy = arena_take(&c->text, n * sizeof(*copy));
		memcpy(copy, rates, n * sizeof(*copy));
	}
	c->rates = copy;
	c->n_rates = n;
}

void run_info_set_containers(struct run_info *c, const struct container_infos *infos)
{
	struct container_info *copy = NULL;

	if (infos->n)
		copy = arena_take(&c->text, infos->n * sizeof(*copy));
	for (size_t i = 0; i < infos->n; i++) {
		const struct container_info *info = &infos->items[i];

		copy[i] = (struct container_info){
			.key = run_info_text(c, info->key),
			.name = run_info_text(c, info->name),
			.pod = run_info_text(c, info->pod),
			.pod_namespace = run_info_text(c, info->pod_namespace),
			.host_name = run_info_text(c, info->host_name),
		};
	}
	c->containers = (struct container_infos){copy, infos->n};
}

uint64_t run_info_divisor(const struct run_info *c, uint64_t time)
{
	uint32_t low = 0, high = c->n_rates;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (c->rates[middle].time <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? c->rates[low - 1].divisor : 1;
}

uint64_t run_info_cpu_time(const struct run_info *c)
{
	return c->online ? c->online : c->duration * c->cpus;
}

const char *run_info_unit(const struct run_info *c, uint64_t n)
{
	if (c->unit)
		return c->unit;
	return n == 1 ? "sample" : "samples";
}

bool run_info_adds_up(const struct run_info *c)
{
	const uint64_t samples[] = {c->samples, c->idle_samples, c->lost,
				    c->lost_side_band};
	uint64_t sum = 0, cpu_time = c->busy, all_time;
	bool overflowed = c->has_overflow;

	for (size_t i = 0; i < array_size(samples); i++)
		sum_add(&sum, samples[i], &overflowed);
	sum_add(&cpu_time, c->idle, &overflowed);
	overflowed |= __builtin_mul_overflow(c->duration, c->cpus, &all_time);
	return !overflowed;
}

void run_info_release(struct run_info *c)
{
	arena_release(&c->text);
	saved_stacks_release(&c->stacks);
	*c = (struct run_info){0};
}
