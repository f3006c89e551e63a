/* The cause for which the events of a recording cannot be opened, as a line for the
 * user. */
#pragma once

#include "base/error.h"
#include "record/target.h"
#include "rights/rights.h"

#include <stdint.h>

struct open_failure {
	const struct target *target;
	const struct rights *rights;
	const char *event; /* name of the first one */
	/* threads of the target, and the limit of open files that their events need */
	uint64_t n_threads, files_needed;
};

/* Sets 'err' after a failure with this errno, or ENOBUFS as band_cpu_open(). Returns
 * -1. */
int open_failure(const struct open_failure *f, int code, struct error *err);
