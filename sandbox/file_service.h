/* A thread that opens files for a process whose system calls are filtered: it answers the
 * calls of open(2) in that process by the rules of file_policy.h. */
#pragma once

#include "base/error.h"
#include "sandbox/file_policy.h"

#include <stdbool.h>

struct file_service;

struct file_service_options {
	struct file_policy policy;
	pid_t process; /* that the files are for */
	/* The kernel may try what the rules forbid, with the other process's
	 * privileges. */
	bool may_try_alone;
};

/* Takes 'listener', the descriptor of syscall_filter_load() in the other process. The
 * strings of the policy must outlive the service. Returns NULL if no thread can be
 * started. */
struct file_service *file_service_start(const struct file_service_options *options,
					int listener, struct error *err);

/* Ends the service of a process that has ended. A thread that hangs in a file system
 * which does not answer is left alone. Accepts a pointer to NULL. */
void file_service_free(struct file_service **s);
