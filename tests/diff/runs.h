/* Test support: runs made by hand. */
#pragma once

#include "diff/significance.h"

enum { MOST_RUNS = 8, MOST_QUANTITIES = 8, MOST_SLICES = 60 };

/* Runs under construction: quantities are added to all of them. */
struct runs {
	struct series series[MOST_RUNS];
	float amounts[MOST_RUNS][MOST_QUANTITIES * MOST_SLICES];
	double sums[MOST_RUNS][MOST_QUANTITIES];
	double bases[MOST_RUNS][MOST_SLICES];
	struct several_series all;
};

static inline void add_run(struct runs *r, enum side side, uint32_t slices, double base)
{
	struct series *s = &r->series[r->all.n];

	*s = (struct series){.side = side,
			     .slices = slices,
			     .amounts = r->amounts[r->all.n],
			     .bases = r->bases[r->all.n],
			     .sums = r->sums[r->all.n],
			     .base = base,
			     .all = 1e9,
			     .quantum = 1};
	for (uint32_t t = 0; t < slices; t++)
		r->bases[r->all.n][t] = base / slices;
	r->all.items = r->series;
	r->all.n++;
}

/* Sets the amount of a quantity in a slice of a run. */
static inline void set_amount(struct runs *r, size_t run, size_t quantity, uint32_t slice,
			      double amount)
{
	uint32_t slices = r->series[run].slices;

	r->amounts[run][quantity * slices + slice] = (float)amount;
	r->sums[run][quantity] += amount;
	if (r->all.quantities <= quantity)
		r->all.quantities = quantity + 1;
}

/* The same amount in all slices. */
static inline void set_even(struct runs *r, size_t run, size_t quantity, double sum)
{
	uint32_t slices = r->series[run].slices;

	for (uint32_t t = 0; t < slices; t++)
		set_amount(r, run, quantity, t, sum / slices);
}

static inline struct difference test_quantity(struct runs *r, size_t quantity,
					      struct spread *s)
{
	struct difference d;

	spread_fit(s, &r->all);
	spread_test(s, &r->all, quantity, &d);
	return d;
}
