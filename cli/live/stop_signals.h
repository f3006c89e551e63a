/* The signals that end a recording: SIGINT, SIGTERM and SIGHUP, unless they were ignored
 * when flame started, as under nohup(1). They are blocked during a recording and read
 * between two steps: no handler, no global. */
#pragma once

#include <signal.h>
#include <stdbool.h>

struct stop_signals {
	sigset_t set;
};

/* Blocks the signals. Also those that would kill flame where a write fails: SIGPIPE and
 * SIGXFSZ. */
void stop_signals_block(struct stop_signals *s);

/* Whether any has arrived since the last call. */
bool stop_signals_arrived(const struct stop_signals *s);

/* The next signal ends flame at once. */
void stop_signals_unblock(const struct stop_signals *s);
