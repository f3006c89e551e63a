/* Student's t distribution. */
#pragma once

/* Returns the probability that |t| or more is chance, with 'df' degrees of freedom
 * (more than 0): the regularized incomplete beta function I_x(df/2, 1/2) at x = df/(df
 * + t^2) (NIST Digital Library of Mathematical Functions, 26.5 and 8.17), by the
 * continued fraction 8.17.22. */
double student_p(double t, double df);

/* Returns the t for which student_p() is 'p'. 0 < p < 1. */
double student_t(double p, double df);
