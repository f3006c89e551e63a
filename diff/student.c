#include "diff/student.h"

#include <assert.h>
#include <math.h>

enum { STEPS = 300 };

static const double TINY = 1e-300;

/* The coefficient d(i) of the continued fraction, i from 1 up. */
static double term(int i, double x, double a, double b)
{
	int m = i / 2;

	if (i % 2)
		return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
	return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
}

/* 1 + d(1) / (1 + d(2) / (1 + ...)) by Lentz's method; converges fast for x below
 * (a + 1) / (a + b + 2). */
static double fraction(double x, double a, double b)
{
	double c = 1, d = 0, f = 1;

	for (int i = 1; i < STEPS; i++) {
		double t = term(i, x, a, b);

		d = 1 + t * d;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = 1 + t / c;
		c = fabs(c) < TINY ? TINY : c;
		f *= c * d;
		if (fabs(c * d - 1) < 1e-15)
			break;
	}
	return f;
}

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

/* The logarithm of B(df/2, 1/2). */
static double log_beta(double df)
{
	return log_gamma(df / 2) + log_gamma(0.5) - log_gamma(df / 2 + 0.5);
}

/* I_x(a, b). 'y' is 1 - x, 'log_b' the logarithm of B(a, b). */
static double incomplete_beta(double x, double y, double a, double b, double log_b)
{
	double front;

	if (x <= 0 || y <= 0)
		return x <= 0 ? 0 : 1;
	front = exp(a * log(x) + b * log(y) - log_b);
	if (x < (a + 1) / (a + b + 2))
		return front / (a * fraction(x, a, b));
	return 1 - front / (b * fraction(y, b, a));
}

static double p_of(double t, double df, double log_b)
{
	double square = t * t;

	return incomplete_beta(df / (df + square), square / (df + square), df / 2, 0.5,
			       log_b);
}

double student_p(double t, double df)
{
	assert(df > 0);
	return p_of(t, df, log_beta(df));
}

double student_t(double p, double df)
{
	double square = fmin(-2 * log(p) / df, 100), log_b = log_beta(df);
	double t = sqrt(df * expm1(square));

	/* Newton's method on log p as a function of log t, which is nearly a line for
	 * small p. */
	for (int i = 0; i < STEPS; i++) {
		double density =
			exp(-log_b - (df + 1) / 2 * log1p(t * t / df)) / sqrt(df);
		double at = p_of(t, df, log_b);
		double step = at / (2 * t * density) * log(at / p);

		step = fmax(-1, fmin(1, step));
		t *= exp(step);
		if (fabs(step) < 1e-7)
			break;
	}
	return t;
}
