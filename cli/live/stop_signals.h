/* The signals that end a recording: SIGINT, SIGTERM and SIGHUP, unless they were ignored
 * when flame started, as under nohup(1). They are blocked during a recording and read
 * between two steps: no handler, no global. */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

/* All fields are private. */
struct stop_signals {
	sigset_t set;
	pthread_t thread;
	bool is_watched;
	atomic_bool is_over;
	/* Memory that processes share which are forked later; NULL: there is none. */
	atomic_bool *hurry;
	int second; /* the signal that set it, or 0 */
};

/* Blocks the signals. Also those that would kill flame where a write fails: SIGPIPE and
 * SIGXFSZ. */
void stop_signals_block(struct stop_signals *s);

/* Whether any has arrived since the last call. */
bool stop_signals_arrived(const struct stop_signals *s);

/* The recording has ended: a thread takes the signals from now on. Those of the first
 * second belong to the one that ended the recording: programs such as timeout(1) and sudo
 * send several. The next one sets stop_signals_hurry(), and likewise those of a second
 * after it. The next one ends flame, as it would any program. */
void stop_signals_watch(struct stop_signals *s);

/* Whether a second signal has arrived: the rest of the work must be brief. NULL: a second
 * signal ends flame. Other processes may read it, too. Valid until stop_signals_end(). */
const atomic_bool *stop_signals_hurry(const struct stop_signals *s);

/* Ends the thread. If a second signal has arrived, this process ends by it. Works with
 * scoped(), also without stop_signals_watch(). */
void stop_signals_end(struct stop_signals *s);
