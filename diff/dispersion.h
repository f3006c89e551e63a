/* The model of counts without times: see diff/significance.h. */
#pragma once

#include "diff/spread.h"

/* The prior: what flame's own recordings show at 99 Hz. The samples of a function of
 * steady programs (PHP, Go, a compiler) have one to two times the variance of
 * independent ones. Two starts of a program differ by about two per cent: by the layout
 * of its memory (Mytkowicz et al., Producing Wrong Data Without Doing Anything
 * Obviously Wrong, ASPLOS 2009) and by the chance of each start (Kalibera and Jones,
 * Rigorous Benchmarking in Reasonable Time, ISMM 2013). */
#define DISPERSION_PRIOR 1.5
#define VARIATION_PRIOR	 0.02
/* No change may pass for more spread than this. */
#define DISPERSION_MOST 16.0
#define VARIATION_MOST	0.4
/* Some functions are burstier than others: degrees of freedom of the model's variance
 * above that of independent samples. */
#define DISPERSION_FREEDOM 4.0

/* Sets the dispersion D and the variation c of 's' from all quantities of the runs:
 * the means of their posterior distribution. One quantity in 50 may have changed, by
 * whatever it may be: those do not count as spread. Fewer than FACTOR_LEAST quantities
 * leave the prior. */
void dispersion_fit(struct spread *s, const struct several_series *runs);
