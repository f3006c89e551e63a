/* The work of a command, in a sandbox (sandbox/contained.h). */
#pragma once

#include "sandbox/contained.h"

/* Runs the work of a command on its inputs in a sandbox. Prints the files that killed a
 * worker, and the failure if the work did not finish. Returns the exit status. */
int work_run(const struct contained_work *work);

/* Prints the files that killed a worker. If a signal from the user ended the work, this
 * process ends in the same way. */
void work_print_deaths(const struct contained_result *result);

/* Likewise, for work with one input and one output, whose destination it opens with
 * these flags (destination.h). */
int work_run_file(int (*run)(struct contained *c, void *data), void *data,
		  const char *input, const char *output, unsigned flags);
