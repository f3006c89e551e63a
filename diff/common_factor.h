/* The factor by which most quantities moved together: a machine that had less time for
 * all of them, or more work for all of them. */
#pragma once

#include "diff/estimate.h"
#include "diff/spread.h"

/* Fewer quantities show no common factor. */
enum { FACTOR_LEAST = 8 };

/* Finds the median of the factors of all quantities, each with the weight of its
 * precision: quantities that changed alone do not move it. Exchanged sides give the
 * reciprocal. Does not set is_common. */
void common_factor_find(struct common_factor *f, const struct spread *s,
			const struct several_series *runs);

/* Sets is_common: whether the factor is more than chance, and most of the quantities
 * that changed by more than chance changed by this factor. */
void common_factor_judge(struct common_factor *f, const struct spread *s,
			 const struct several_series *runs);

/* The difference of a quantity from the factor, in standard errors. */
double common_factor_distance(const struct common_factor *f, const struct estimate *e);

/* The number of quantities that share no samples, and the i-th of them. */
size_t several_apart(const struct several_series *runs);
size_t several_apart_at(const struct several_series *runs, size_t i);
