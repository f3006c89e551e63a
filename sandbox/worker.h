/* A process in a sandbox that works on bytes from other people, and its parent, which
 * keeps the privileges and opens files for it. fork(2) makes it, so it has all of the
 * parent's memory and open descriptors.
 *
 * 	scoped(worker_free) struct worker *w = worker_start(&options, err);
 *
 * 	if (!w)
 * 		return -1;
 * 	if (worker_is_inside(w)) {
 * 		... parse, write into outputs that the parent has opened ...
 * 		if (worker_ask(w, &request, NULL, err) < 0)
 * 			...
 * 		worker_end(w, status);
 * 	}
 * 	while (worker_next(w, &request))
 * 		worker_answer(w, do_as_requested(&request, err) < 0 ? err : NULL, -1);
 *
 * If the parent dies, so does the worker. */
#pragma once

#include "base/error.h"
#include "base/thread/file_marks.h"
#include "sandbox/file_policy.h"
#include "sandbox/sandbox.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct worker;

enum { WORKER_KEEPS_MAX = 8 };

struct worker_options {
	struct sandbox_options sandbox;
	/* Descriptors that the worker keeps; all others are closed, and 0 to 2 lead to
	 * /dev/null. None: the worker has all of the parent's. */
	int keeps[WORKER_KEEPS_MAX];
	size_t n_keeps;
	struct file_policy files;
	/* files that are being read; NULL: no marks */
	struct file_marks *marks;
	/* CPU time that one file may take, in ns; 0: no limit */
	uint64_t file_ns;
	/* the worker is killed 5 seconds after it is true; NULL: never */
	const atomic_bool *hurry;
	/* the worker may use one CPU only, and starts no threads
	 * (base/thread/threads.h): the marks then have one file */
	bool is_single;
};

/* Forks the worker, which enters the sandbox. Returns in both processes; in the parent
 * when the worker is in the sandbox. NULL in the parent if that failed. The worker has no
 * other thread of the parent: the locks of these may be held for ever. The strings in
 * the options must outlive the worker. */
struct worker *worker_start(const struct worker_options *options, struct error *err);

/* Frees the memory; kills a worker that still runs. Accepts a pointer to NULL. */
void worker_free(struct worker **w);

bool worker_is_inside(const struct worker *w);

/* Inside: whether the parent opens all files for this process. */
bool worker_is_served(const struct worker *w);

/* The meaning is the caller's. The parent must not trust any of it. */
struct worker_request {
	uint32_t kind, number;
	uint32_t args[3];
};

/* Inside: the parent does what was requested. Sets *fd (NULL: none is expected) to the
 * descriptor of the answer, which the caller owns, or to -1. Returns -1 with the parent's
 * error if it failed. */
int worker_ask(struct worker *w, const struct worker_request *request, int *fd,
	       struct error *err);

/* Inside: ends the process; the parent gets 'status', 0 to 255. */
__attribute__((noreturn)) void worker_end(struct worker *w, int status);

/* In the parent: waits for a request, which must be answered with worker_answer().
 * Returns false when the worker has ended. */
bool worker_next(struct worker *w, struct worker_request *request);

/* Answers a request, with the error if it failed, else with NULL; and with a descriptor,
 * which stays the caller's, or -1. */
void worker_answer(struct worker *w, const struct error *err, int fd);

/* How the worker ended. */
struct worker_result {
	bool has_finished; /* by worker_end(); false: it died */
	int status;
	int signal; /* that killed it, or 0 */
	/* the cause of its death: "crashed (signal 11)" */
	char cause[64];
	/* the file that took too long; its key is 0 if there is none */
	struct file_mark slow;
	bool was_hurried; /* it did not end in time after 'hurry' */
};

const struct worker_result *worker_result(const struct worker *w);

/* In the parent, for a worker that does not use requests: its process id, and its end.
 * Kills it for 'cause', which becomes the cause of its death; NULL: it has died by
 * itself. */
pid_t worker_pid(const struct worker *w);
const struct worker_result *worker_kill(struct worker *w, const char *cause);

/* Whether a mistake or lack of memory ended the worker, and no signal of the user. */
bool worker_result_is_fault(const struct worker_result *r);

/* The parts of the sandbox that are in force. */
const struct sandbox_state *worker_sandbox(const struct worker *w);
