/* The process that waits for slow files, and the messages to and from it. Part of
 * slow_files.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum slow_kind {
	SLOW_KIND, /* the kind of the file system of 'at' */
	SLOW_FIND, /* opens 'path' in the folder 'at' with O_PATH */
	SLOW_OPEN, /* opens 'at' for reading; of a file, reads a byte */
	SLOW_COPY, /* copies 'at' to 'copy' */
};

struct slow_question {
	enum slow_kind kind;
	int at;
	int copy; /* -1: none */
	const char *path;
	uint64_t flags; /* of open(2), besides O_PATH and O_CLOEXEC */
	uint64_t resolve;
};

struct slow_answer {
	int error; /* of errno, 0: none */
	int fd;	   /* the caller's; -1: none */
	int64_t magic;
};

/* Starts a helper, which ends when the socket is closed. Returns the socket, or -1. */
int slow_helper_start(void);

bool slow_question_send(int helper, const struct slow_question *q);
bool slow_answer_receive(int helper, struct slow_answer *answer);
