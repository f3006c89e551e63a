/* Work on other people's files in a worker (worker.h), with outputs that the process
 * outside opens and publishes. If a file kills the worker, another one begins anew
 * without that file. */
#pragma once

#include "base/destination.h"
#include "base/error.h"
#include "base/out.h"
#include "base/thread/slow_files.h"
#include "base/vec.h"
#include "sandbox/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct contained;

/* The pointers are the caller's. */
struct contained_work {
	/* The work. Runs in the worker, again in each new one. Returns the exit
	 * status. */
	int (*run)(struct contained *c, void *data);
	/* Runs outside: does what contained_request() asks for. NULL: nothing. */
	int (*serve)(void *data, uint32_t request, struct error *err);
	void *data;
	struct file_policy files;
	struct destination *const *outputs;
	size_t n_outputs;
	/* outputs are on their disk before they get their final names */
	bool syncs;
	struct sandbox_options sandbox;
	/* CPU time that one file may take, in ns; 0: no limit */
	uint64_t file_ns;
	/* From the moment that it is true, the work must end in 5 seconds. NULL:
	 * never. */
	const atomic_bool *hurry;
};

struct contained_result {
	/* The work came to its end, with this exit status. */
	bool has_finished;
	int status;
	int signal; /* that killed the last worker, or 0 */
	/* the cause of its death */
	struct error err;
	/* lines for the user: files that killed a worker */
	VEC(char *) notes;
};

/* Runs the work. The result must be zeroed; the caller releases it. */
void contained_run(const struct contained_work *work, struct contained_result *result);
void contained_result_release(struct contained_result *result);

/* Inside: the files that are read or must not be read, for load_options. */
struct file_marks *contained_marks(const struct contained *c);

/* Inside: for files that may be slow, for load_options. */
struct slow_files *contained_slow_files(const struct contained *c);

/* Inside: whether the process outside opens all files for this one. */
bool contained_is_served(const struct contained *c);

/* Inside: creates output 'number'. Only users in 'readers' may read a new file. From now
 * on no other worker begins anew. Returns NULL on failure. The caller frees the output,
 * and publishes it with contained_publish(). */
struct out *contained_create(struct contained *c, uint32_t number,
			     const struct readers *readers, struct error *err);

/* Inside: flushes an output and gives the file its final name. */
int contained_publish(struct contained *c, uint32_t number, struct out *out,
		      struct error *err);

/* Inside: has work.serve(data, request) called outside, and returns its result. */
int contained_request(struct contained *c, uint32_t request, struct error *err);
