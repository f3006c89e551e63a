/* Comparison of numbers in tests. */
#pragma once

#include "tests/test.h"

#include <math.h>

static inline void assert_near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("%.12g is not %.12g", value, expected);
}
