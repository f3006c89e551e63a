/* The end of flame record: names and the picture, made in a sandbox, then figures, the
 * hottest functions, and the paths of the files. */
#pragma once

#include "base/destination.h"
#include "cli/live/witness.h"
#include "cli/record_arguments.h"

struct record_results {
	const struct record_arguments *arguments;
	struct session *session;
	struct witness *witness;
	/* Of the picture, unless --no-svg is given. */
	struct destination *picture;
	const char *svg;
};

/* After session_stop(). Completes and publishes the recording, draws it, and prints all
 * this. Sets *status to the exit status, without that of the command. Returns -1 with
 * *err filled after a failure that is not yet printed. */
int record_results_make(const struct record_results *results, int *status,
			struct error *err);
