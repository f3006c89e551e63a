#include "diff/amounts.h"

struct amount amount_of(const struct series *r, size_t quantity)
{
	/* A run without any amount has base 0: avoid 0 / 0. */
	struct amount a = {.sum = r->sums[quantity], .base = r->base > 0 ? r->base : 1};

	if (r->all > a.sum)
		a.independent = a.sum * r->quantum * (1 - a.sum / r->all);
	a.total = a.sum * a.sum * r->total_variance;
	return a;
}

struct scatter scatter_of(const struct series *r, size_t quantity, double ratio,
			  uint32_t slices)
{
	const float *x = r->amounts + quantity * r->slices;
	struct scatter s = {0};
	double before = 0;
	uint32_t t = 0;

	for (uint32_t i = 0; i < slices; i++) {
		uint32_t end = (uint32_t)((uint64_t)r->slices * (i + 1) / slices);
		double e = 0;

		for (; t < end; t++)
			e += (double)x[t] - ratio * r->bases[t];
		s.square += e * e;
		s.product += e * before;
		before = e;
	}
	return s;
}
