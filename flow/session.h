/* A recording session: samples a target, writes the recording, and loads the finished
 * file.
 *
 * 	scoped(session_free) struct session *s = session_open(&options, &target, err);
 *
 * 	if (!s || session_start(s, err) < 0)
 * 		return -1;
 * 	while (session_step(s))
 * 		... show progress, stop at a signal ...
 * 	if (session_stop(s, err) < 0 || !(data = session_finish(s, marks, false, err)) ||
 * 	    recording_file_publish(session_file(s), err) < 0)
 * 		return -1;
 *
 * The caller keeps the loop, so a session needs no callbacks. It prints nothing and
 * handles no signals. */
#pragma once

#include "base/error.h"
#include "base/thread/file_marks.h"
#include "flow/input_data.h"
#include "flow/live/recording_file.h"
#include "record/sampler.h"
#include "record/target.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session_options {
	struct sampler_options sampler;
	/* Unwind the copied stacks during the recording and store callchains only. False:
	 * store samples as the kernel wrote them. */
	bool unwinds;
	/* ns; 0: until the target ends or the caller stops the session */
	uint64_t duration;
	/* path of the recording; an older file there is renamed to 'output'.old */
	const char *output;
	/* bytes of the recording, after which it ends; 0: no limit */
	uint64_t max_size;
	/* level of zstd, 1 to zstd_level_most() (zstd_stream.h); 0: not compressed */
	int compression;
	/* largest number of slices in the timeline of the loaded data; 0: no timeline */
	uint32_t slices;
	/* limit of own CPU time, in per cent of the machine's, above 0; 100: no limit */
	double max_cost;
	/* ns for looking up names after the recording's end; 0: no limit */
	uint64_t name_time;
	/* ends this search when it is true; NULL: never */
	const atomic_bool *hurry;
	/* ns of CPU time that one file's unwind tables, or a copy of it, may take */
	uint64_t file_time;
	/* the command line for the metadata of the recording; NULL: it is not stored */
	const char *command_line;
};

struct session;

/* Prepares the target, opens its events and the output, and starts the threads of the
 * session. Nothing is sampled yet. The options and the target must outlive the session;
 * the caller releases the target. Returns NULL on failure. */
struct session *session_open(const struct session_options *options, struct target *target,
			     struct error *err);

/* Ends the threads and frees everything, including the loaded data. A recording that
 * session_finish() did not complete stays at recording_file_part() if there are samples,
 * else it is removed. Accepts a pointer to NULL. */
void session_free(struct session **s);

/* The i-th line for the user about limits of this recording, such as a kernel that may
 * not be sampled. The lines are complete after session_open(). NULL after the last
 * one. */
const char *session_note(const struct session *s, size_t i);

/* Starts sampling and the target's command. Raises the priority of the calling thread
 * until session_stop(), if that is allowed. Returns -1 on failure; if the command cannot
 * be executed, target.exit_status is 126 or 127. */
int session_start(struct session *s, struct error *err);

/* Waits up to 200 ms and writes the samples that arrived: from then on they are in the
 * file even if this process is killed. Returns false if the recording has to end: the
 * target ended, the duration is over, the file has its largest size, or it cannot be
 * written (recording_file_failure()). */
bool session_step(struct session *s);

/* Number of samples read so far. */
uint64_t session_samples(const struct session *s);

/* Stops sampling, terminates a command that still runs, and writes the remaining samples.
 * Returns -1 if the file cannot be read from now on. */
int session_stop(struct session *s, struct error *err);

/* Loads the recording and adds symbol names and metadata to the file. Reads files of
 * other users, so it belongs into a worker (sandbox/contained.h); 'marks' are those of
 * the worker; see slow_files_retire() for 'is_served'. If the names do not fit on the
 * disk, completes the file without them, and recording_file_failure() has the cause.
 * Returns the loaded data with its figures and notes; the session owns it. Returns NULL
 * on failure. */
struct input_data *session_finish(struct session *s, struct file_marks *marks,
				  bool is_served, struct error *err);

/* Adds metadata only, and reads nothing: for a session that no worker could finish. */
int session_finish_unnamed(struct session *s, struct error *err);

/* After session_stop(): CPU time of the processes that read files, ns. */
uint64_t session_worker_cpu(const struct session *s);

/* The file of the recording. After session_finish() or session_finish_unnamed(), in this
 * process or in a worker, the caller moves it to its path: recording_file_publish(). */
struct recording_file *session_file(struct session *s);
