#include "cli/live/witness.h"

#include "base/fd.h"
#include "base/io.h"
#include "cli/live/standard_error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Messages in the pipe have this size, which is written at once or not at all. */
enum { MESSAGE_SIZE = PIPE_BUF };

/* Keeps nothing of flame open but the pipe and stderr: files, folders, rings. */
static void descriptors_close(int kept)
{
	if (kept > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)kept - 1, 0);
	close_range((unsigned)kept + 1, ~0U, 0);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
}

static _Noreturn void witness_run(int fd)
{
	char line[MESSAGE_SIZE] = "", next[MESSAGE_SIZE];
	sigset_t all;

	/* Ctrl-C and the end of a terminal are for flame. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "flame-witness");
	descriptors_close(fd);
	while (io_read_full(fd, next, sizeof(next)) == sizeof(next)) {
		/* The end: not that of the pipe, which other children may hold. */
		if (!*next)
			_exit(0);
		memcpy(line, next, sizeof(line));
	}
	line[sizeof(line) - 1] = '\0';
	if (*line)
		standard_error_write("", line, "\n");
	_exit(0);
}

void witness_start(struct witness *w)
{
	int pipe_fds[2];

	*w = (struct witness){.fd = -1};
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return;
	w->pid = fork();
	if (w->pid == 0) {
		close(pipe_fds[1]);
		witness_run(pipe_fds[0]);
	}
	close(pipe_fds[0]);
	w->fd = pipe_fds[1];
	if (w->pid < 0)
		fd_close(&w->fd);
}

void witness_set(struct witness *w, const char *fmt, ...)
{
	char line[MESSAGE_SIZE] = "";
	va_list args;

	if (w->fd < 0)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	/* A dead witness raises SIGPIPE, which is blocked while flame records. */
	io_write(w->fd, line, sizeof(line));
}

void witness_end(struct witness *w)
{
	static const char end[MESSAGE_SIZE];

	if (w->fd < 0)
		return;
	io_write(w->fd, end, sizeof(end));
	fd_close(&w->fd);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
