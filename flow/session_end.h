/* The end of a session: a worker reads names and draws, and the process outside publishes
 * the recording. If no worker can, the process outside completes the recording without
 * names. */
#pragma once

#include "flow/session.h"
#include "sandbox/contained.h"

struct session_end {
	struct session *session;
	/* Inside: the work, which begins with session_end_complete(). Returns the exit
	 * status. */
	int (*run)(struct contained *c, void *data);
	/* Outside: the recording is complete at its path. */
	void (*published)(void *data, const char *path);
	void *data;
	struct destination *const *outputs;
	size_t n_outputs;
	/* From the moment that it is true, the work must end in 5 seconds. */
	const atomic_bool *hurry;
};

/* After session_stop(), runs the work in a worker. The result must be zeroed; the caller
 * releases it, and calls session_end_check() before that. */
void session_end_run(struct session_end *end, struct contained_result *result);

/* Inside: adds names and metadata to the recording, loads it, and has it published.
 * Sets *size to its bytes. Returns the loaded data, which the session owns, or NULL on
 * failure. */
struct input_data *session_end_complete(struct session_end *end, struct contained *c,
					uint64_t *size, struct error *err);

/* Completes the recording without names if the work did not come to its end. Returns -1
 * with *err filled if something is missing: it has the cause, and the place of the
 * recording. A failure that the work itself has reported changes *err only if the
 * recording is complete. */
int session_end_check(const struct session_end *end,
		      const struct contained_result *result, struct error *err);

/* Adds to the failure of a recording the place of its samples, if there are any. Returns
 * -1. */
int session_add_part(struct session *session, struct error *err);
