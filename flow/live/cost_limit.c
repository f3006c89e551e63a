#include "flow/live/cost_limit.h"

#include "base/clock.h"
#include "base/narrow.h"
#include "record/data/event_spec.h"

#define WINDOW	     1000000000ull /* ns */
#define WINDOW_SHORT 200000000ull
#define FAR_ABOVE    2 /* times the limit */
#define PER_CENT_ALL 100

static uint64_t own_time(const struct cost_limit *c)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID) + c->others;
}

static void window_begin(struct cost_limit *c, uint64_t now)
{
	c->since = now;
	c->own_before = own_time(c);
	c->samples = 0;
	c->others_before = c->others_samples;
}

void cost_limit_begin(struct cost_limit *c, struct sampler *sampler, double per_cent,
		      uint64_t frequency, uint64_t cpus)
{
	*c = (struct cost_limit){
		.sampler = sampler, .frequency = frequency, .cpus = cpus};
	rate_control_init(&c->control, per_cent / PER_CENT_ALL, frequency);
	c->copy_size = c->copy_least =
		sampler_specs(sampler)->sampling.items[0].attr.sample_stack_user;
	rate_control_copies(&c->control, c->copy_size, STACK_SIZE_LEAST);
	c->start = clock_now();
	window_begin(c, c->start);
}

void cost_limit_release(struct cost_limit *c)
{
	vec_release(&c->changes);
}

void cost_limit_samples_begin(struct cost_limit *c)
{
	c->samples_before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void cost_limit_samples_end(struct cost_limit *c)
{
	c->samples += clock_ns(CLOCK_THREAD_CPUTIME_ID) - c->samples_before;
}

static void rate_change(struct cost_limit *c, uint64_t divisor)
{
	sampler_slow_down(c->sampler, divisor);
	vec_push(&c->changes, ((struct rate_change){clock_now(), divisor}));
}

static void copies_change(struct cost_limit *c)
{
	uint32_t size = c->copy_size / c->control.copy_divisor / 8 * 8;

	sampler_shorten_copies(c->sampler, size);
	c->copy_least = size < c->copy_least ? size : c->copy_least;
}

void cost_limit_check(struct cost_limit *c)
{
	uint64_t now = clock_now(), before = c->control.divisor, divisor;
	uint32_t copies_before = c->control.copy_divisor;
	double machine = (double)(now - c->since) * (double)c->cpus;
	struct rate_cost cost;

	if (c->control.limit >= 1 || now - c->since < WINDOW_SHORT)
		return;
	cost.all = (double)(own_time(c) - c->own_before) / machine;
	cost.samples =
		(double)(c->samples + c->others_samples - c->others_before) / machine;
	if (now - c->since < WINDOW && cost.samples < FAR_ABOVE * c->control.limit)
		return;
	divisor = rate_control_step(&c->control, &cost);
	if (divisor != before)
		rate_change(c, divisor);
	if (c->control.copy_divisor != copies_before)
		copies_change(c);
	window_begin(c, now);
}

void cost_limit_others(struct cost_limit *c, uint64_t all, uint64_t samples)
{
	/* A process may report a wrong time for samples. */
	c->others = all > c->others ? all : c->others;
	c->others_samples = samples > c->others_samples ? samples : c->others_samples;
}

void cost_limit_pause(struct cost_limit *c)
{
	cost_limit_samples_end(c);
	cost_limit_check(c);
	cost_limit_samples_begin(c);
}

void cost_limit_end(struct cost_limit *c)
{
	c->control.limit = 1;
}

/* A change after the end is that of a reader who is late. */
static void changes_cut(struct cost_limit *c, uint64_t end)
{
	while (c->changes.n && vec_last(&c->changes)->time >= end)
		c->changes.n--;
}

void cost_limit_store(struct cost_limit *c, uint64_t end, struct run_info *info)
{
	uint64_t since = c->start, divisor = 1, most = 1;
	const struct rate_change *change;
	double taken = 0; /* ns of the recording, each divided by its divisor */

	if (c->copy_least < c->copy_size)
		info->copy_least = c->copy_least;
	changes_cut(c, end);
	if (!c->changes.n)
		return;
	vec_each(change, &c->changes) {
		taken += (double)(change->time - since) / (double)divisor;
		since = change->time;
		divisor = change->divisor;
		most = divisor > most ? divisor : most;
	}
	taken += (double)(end - since) / (double)divisor;
	info->frequency_lowest = c->frequency / most;
	info->frequency_mean =
		(uint64_t)((double)c->frequency * taken / (double)(end - c->start) + 0.5);
	run_info_set_rates(info, c->changes.items, narrow_u32(c->changes.n));
}
