/* Amounts of a quantity in one run, and how they scatter over its slices. */
#pragma once

#include "diff/spread.h"

/* A quantity in one run: X, N and b of significance.h, and the part of the variance that
 * comes from the error of the sum of all samples. */
struct amount {
	double sum, base, independent, total;
};

/* Sums over merged slices of e = x - R n: of e[t]^2, and of e[t] e[t - 1]. */
struct scatter {
	double square, product;
};

struct amount amount_of(const struct series *run, size_t quantity);

/* The scatter around 'ratio' (R), with the slices of the run merged to 'slices'. */
struct scatter scatter_of(const struct series *run, size_t quantity, double ratio,
			  uint32_t slices);
