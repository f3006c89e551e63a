/* What is recorded: the whole machine, some processes, or a command that is started. */
#pragma once

#include "base/error.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct target {
	bool whole_machine;
	VEC(uint32_t) pids; /* processes, with -p */
	char *const *
		command; /* argv, NULL-terminated, or NULL; with whole_machine it only says
			       * how long to record */
	pid_t child;	 /* the command's process once prepared, else 0 */
	int start_fd;	 /* a byte into it lets the command start, closing it ends it */
	int failed_fd;	 /* where the command's failure to start arrives */
	int exit_status; /* of the ended command, as a shell gives it */
};

/* Forks the command, which waits until target_start(), or checks that the processes are there
 * and drops those named twice. */
int target_prepare(struct target *t, struct error *err);

/* Lets the command start. -1 where it can't be executed; exit_status is then 127 (not found)
 * or 126. */
int target_start(struct target *t, struct error *err);

/* Whether the target is still there to be recorded: the command runs, one of the processes
 * lives. Reaps the command and keeps its status. Always true for a whole machine without a
 * command. */
bool target_alive(struct target *t);

/* Asks a command that still runs to end (SIGTERM), waits for it and keeps its status. */
void target_stop(struct target *t);

/* Ends a command that was never started; forgets one that runs, as it is. */
void target_release(struct target *t);
