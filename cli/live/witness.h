/* A small process beside a recording that waits for its end. If flame is killed, by a
 * signal, by the kernel for lack of memory, or by itself, the witness says where the
 * samples are. */
#pragma once

#include <sys/types.h>

struct witness {
	int fd;	   /* -1: there is none */
	pid_t pid; /* of the process */
};

/* Starts the process. To be called before flame has threads. Without a witness, for lack
 * of processes or descriptors, a recording is as good as with one. */
void witness_start(struct witness *w);

/* Sets the line that the witness prints when flame is killed. The text must not be
 * empty. There is none at first. */
void witness_set(struct witness *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Ends the process, which prints nothing. Works with scoped(), and a second time. */
void witness_end(struct witness *w);
