/* A log of the work that a run did: lines of a time and a count that only grows, for
 * example of requests. */
#pragma once

#include "base/error.h"
#include "base/vec.h"

#include <stddef.h>

struct work_count {
	double time;  /* s */
	double count; /* of all units of work up to then */
};

struct work_log {
	VEC(struct work_count) items; /* at least two after work_log_parse() */
};

/* Reads lines "TIME COUNT", separated by blanks, tabs, ',' or ';'. Empty lines, and lines
 * that begin with '#', are skipped. Returns -1 if another line has something else, if
 * times or counts decrease, or if there are fewer than two lines. Zero-initialize 'log';
 * release it in any case. */
int work_log_parse(struct work_log *log, const char *text, size_t size,
		   struct error *err);
void work_log_release(struct work_log *log);

/* The units of work up to a time, by linear interpolation; before the first and after the
 * last line at the rate of the nearest lines. */
double work_log_at(const struct work_log *log, double time);
