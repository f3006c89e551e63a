#include "tests/diff/workload.h"

#include "tests/test.h"

#include <math.h>
#include <stdio.h>

enum { GROUPS = 10 };

static double chance(struct workload *w)
{
	return (double)random_below(&w->seed, 1 << 30) / (1 << 30);
}

/* Of a normal distribution. */
static double normal(struct workload *w)
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += chance(w);
	return sum - 6;
}

void workload_make(struct workload *w, double phase, double planted, uint64_t seed)
{
	*w = (struct workload){.seed = seed,
			       .phase = phase,
			       .hz = 99,
			       .seconds = 30,
			       .load = {1, 1},
			       .cost = 1};
	for (int p = 0; p < PHASES; p++) {
		double *upto = w->upto[p], sum = 0;

		for (int f = 0; f < FUNCTIONS; f++) {
			upto[f] = f == PLANTED ? 0 : exp(1.5 * normal(w)) / (f + 3);
			sum += upto[f];
		}
		upto[PLANTED] = sum * planted / (1 - planted);
		sum += upto[PLANTED];
		for (int f = 0; f < FUNCTIONS; f++) {
			upto[f] /= sum;
			w->share[f] += upto[f] / PHASES;
			upto[f] += f ? upto[f - 1] : 0;
		}
	}
}

static int pick(struct workload *w, int phase)
{
	double x = chance(w);
	int low = 0, high = FUNCTIONS - 1;

	while (low < high) {
		int middle = (low + high) / 2;

		if (w->upto[phase][middle] < x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The node of a function: app;main;group;function. */
static void make_nodes(struct profile *p, node_id *nodes)
{
	struct frame frame = {.kind = FRAME_ROOT};
	node_id main_node, groups[GROUPS];
	char name[32];

	frame.name = strtab_add(&p->strings, "app");
	main_node = profile_child(p, PROFILE_ROOT, frame_add(&p->frames, &frame));
	frame.kind = FRAME_USER;
	frame.name = strtab_add(&p->strings, "main");
	main_node = profile_child(p, main_node, frame_add(&p->frames, &frame));
	for (int i = 0; i < GROUPS; i++) {
		snprintf(name, sizeof(name), "group_%c", 'a' + i);
		frame.name = strtab_add(&p->strings, name);
		groups[i] = profile_child(p, main_node, frame_add(&p->frames, &frame));
	}
	for (int i = 0; i < FUNCTIONS; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		frame.name = strtab_add(&p->strings, name);
		nodes[i] = profile_child(p, groups[i % GROUPS],
					 frame_add(&p->frames, &frame));
	}
}

void workload_sample(struct sampled *s, struct workload *w, double extra)
{
	unsigned ticks = w->hz * w->seconds;
	node_id nodes[FUNCTIONS];

	*s = (struct sampled){0};
	profile_init(&s->profile);
	make_nodes(&s->profile, nodes);
	s->timeline.width = w->seconds * UINT64_C(1000000000) / SLICES;
	for (int i = 0; i < SLICES; i++)
		vec_add(&s->timeline.slices);
	for (int cpu = 0; cpu < CPUS; cpu++) {
		int phase = (int)random_below(&w->seed, PHASES);

		for (unsigned i = 0; i < ticks; i++) {
			uint32_t slice = (uint32_t)((uint64_t)i * SLICES / ticks);
			double load = w->load[0] + (w->load[1] - w->load[0]) * i / ticks;
			node_id node;

			s->work_slices[slice] += load / w->cost;
			if (!(w->phase > 0) || chance(w) < 1 / (w->hz * w->phase))
				phase = (int)random_below(&w->seed, PHASES);
			if (load < 1 && chance(w) >= load)
				continue;
			node = nodes[chance(w) < extra ? PLANTED : pick(w, phase)];
			profile_add(&s->profile, node, 1, 0);
			vec_push(&s->timeline.counts,
				 ((struct timeline_count){node, slice, 1, 0}));
		}
	}
	timeline_sort(&s->timeline);
	for (int i = 0; i < SLICES; i++)
		s->work += s->work_slices[i];
}

void sampled_release(struct sampled *s)
{
	timeline_release(&s->timeline);
	profile_release(&s->profile);
}
