#include "record/target.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/scoped.h"
#include "record/proc_file.h"
#include "record/process_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_NOT_EXECUTABLE = 126, STATUS_NOT_FOUND = 127, STATUS_SIGNAL = 128 };

/* A zombie cannot be sampled, but its other threads may run after its first one has
 * ended. */
static bool process_runs(uint32_t pid)
{
	char text[PROC_STAT_MAX];
	struct proc_stat st;

	return proc_stat_read(pid, 0, text, &st) &&
	       ((st.state != 'Z' && st.state != 'X') || st.n_threads > 1);
}

static bool thread_runs(uint32_t tid)
{
	char text[PROC_STAT_MAX];
	struct proc_stat st;

	return proc_stat_read(tid, 0, text, &st) && st.state != 'Z' && st.state != 'X';
}

static bool is_before(const uint32_t *ids, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static int pids_check(struct target *t, struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->pids.n; i++) {
		uint32_t pid = t->pids.items[i], tgid = proc_tgid(pid);

		if (is_before(t->pids.items, kept, pid) ||
		    is_before(t->gone.items, t->gone.n, pid))
			continue;
		/* /proc/TID exists for threads as well, but is not listed. */
		if (tgid && tgid != pid)
			return error_set(err,
					 "no process %u: it is a thread of process %u",
					 pid, tgid);
		if (tgid && process_runs(pid))
			t->pids.items[kept++] = pid;
		else
			vec_push(&t->gone, pid);
	}
	t->pids.n = kept;
	return 0;
}

static void tids_check(struct target *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->tids.n; i++) {
		uint32_t tid = t->tids.items[i];

		if (is_before(t->tids.items, kept, tid) ||
		    is_before(t->gone.items, t->gone.n, tid))
			continue;
		if (proc_tgid(tid) && thread_runs(tid))
			t->tids.items[kept++] = tid;
		else
			vec_push(&t->gone, tid);
	}
	t->tids.n = kept;
}

static const char *gone_noun(const struct target *t, bool is_thread)
{
	if (is_thread)
		return t->gone.n == 1 ? "thread" : "threads";
	return t->gone.n == 1 ? "process" : "processes";
}

/* The numbers of the first ones that are gone. */
static void gone_list(const struct target *t, char *text, size_t size)
{
	enum { MOST = 8 };
	size_t at = 0;

	for (size_t i = 0; i < t->gone.n && i < MOST; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%u", i ? ", " : "",
				       t->gone.items[i]);
	if (t->gone.n > MOST)
		snprintf(text + at, size - at, ", ...");
}

static int targets_check(struct target *t, struct error *err)
{
	bool of_threads = t->tids.n > 0;
	char list[TARGET_TEXT_MAX];

	t->gone.n = 0;
	tids_check(t);
	if (pids_check(t, err) < 0)
		return -1;
	if (!t->gone.n || t->pids.n || t->tids.n)
		return 0;
	gone_list(t, list, sizeof(list));
	return error_set(err, "no %s %s", gone_noun(t, of_threads), list);
}

bool target_gone_text(const struct target *t, char text[TARGET_TEXT_MAX])
{
	size_t left = t->pids.n + t->tids.n;
	char list[TARGET_TEXT_MAX - 80];

	if (!t->gone.n)
		return false;
	gone_list(t, list, sizeof(list));
	snprintf(text, TARGET_TEXT_MAX, "no %s %s: %zu of %zu are recorded",
		 gone_noun(t, t->tids.n > 0), list, left, left + t->gone.n);
	return true;
}

/* Signals that were ignored when flame started (nohup) stay ignored, as in a shell.
 * SIGPIPE does not: many programs that start others, Python's among them, ignore it and
 * forget to restore it. */
static void signals_to_default(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction now;

		if (sigaction(sig, NULL, &now) == 0 &&
		    (now.sa_handler != SIG_IGN || sig == SIGPIPE))
			sigaction(sig, &dfl, NULL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void run_child(char *const *command, int start_fd, int failed_fd)
{
	int code;
	char byte;

	signals_to_default();
	/* Without a byte the recorder has ended or given up. */
	if (io_read_full(start_fd, &byte, 1) != 1)
		_exit(STATUS_NOT_EXECUTABLE);
	execvp(command[0], command);
	code = errno;
	if (write(failed_fd, &code, sizeof(code)) < 0)
		_exit(STATUS_NOT_EXECUTABLE);
	_exit(code == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
}

static int fork_command(struct target *t, struct error *err)
{
	int start[2] = {-1, -1}, failed[2] = {-1, -1};
	pid_t child = -1;

	if (pipe2(start, O_CLOEXEC) == 0 && pipe2(failed, O_CLOEXEC) == 0)
		child = fork();
	if (child < 0) {
		error_sys(err, "cannot start '%s'", t->command[0]);
		for (int i = 0; i < 2; i++) {
			fd_close(&start[i]);
			fd_close(&failed[i]);
		}
		return -1;
	}
	if (child == 0) {
		close(start[1]);
		close(failed[0]);
		run_child(t->command, start[0], failed[1]);
	}
	close(start[0]);
	close(failed[1]);
	t->child = child;
	t->start_fd = start[1];
	t->failed_fd = failed[0];
	return 0;
}

/* The kernel's records have pids of our namespace, /proc has those of the namespace it
 * was mounted in. */
static int proc_check(struct error *err)
{
	char name[32];
	ssize_t len = readlink("/proc/self", name, sizeof(name) - 1);

	name[len > 0 ? len : 0] = '\0';
	if (strtol(name, NULL, 10) == getpid())
		return 0;
	return error_set(err, "/proc is not of this pid namespace: its pids are those of "
			      "other processes (mount -t proc proc /proc)");
}

int target_prepare(struct target *t, struct error *err)
{
	t->child = 0;
	t->exit_status = 0;
	t->start_fd = t->failed_fd = -1;
	if (proc_check(err) < 0 || targets_check(t, err) < 0)
		return -1;
	return t->command ? fork_command(t, err) : 0;
}

static void status_keep(struct target *t, int status)
{
	t->child = 0;
	t->exit_status = WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status)
					     : WEXITSTATUS(status);
}

static void child_reap(struct target *t)
{
	int status = 0;
	pid_t got;

	do
		got = waitpid(t->child, &status, 0);
	while (got < 0 && errno == EINTR);
	status_keep(t, got < 0 ? 0 : status);
}

int target_start(struct target *t, struct error *err)
{
	int code = 0;
	ssize_t got;

	if (!t->child)
		return 0;
	/* target_alive() notices a child that was killed meanwhile. Writing into its pipe
	 * raises SIGPIPE, which must not kill this process: it is blocked and taken
	 * back. */
	sigset_t pipe_set, old;

	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
	if (write(t->start_fd, "", 1) < 0 && errno == EPIPE)
		sigtimedwait(&pipe_set, NULL, &(struct timespec){0});
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	fd_close(&t->start_fd);

	/* The pipe ends with the exec, and with the child. */
	got = io_read_full(t->failed_fd, &code, sizeof(code));
	fd_close(&t->failed_fd);
	if (got != sizeof(code))
		return 0;
	child_reap(t);
	t->exit_status = code == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	errno = code;
	return error_sys(err, "cannot run '%s'", t->command[0]);
}

bool target_alive(struct target *t)
{
	int status = 0;

	if (t->child && waitpid(t->child, &status, WNOHANG) == t->child)
		status_keep(t, status);
	if (t->command)
		return t->child != 0;
	if (t->whole_machine)
		return true;
	for (size_t i = 0; i < t->pids.n; i++)
		if (process_runs(t->pids.items[i]))
			return true;
	for (size_t i = 0; i < t->tids.n; i++)
		if (thread_runs(t->tids.items[i]))
			return true;
	return false;
}

void target_stop(struct target *t)
{
	scoped(process_tree_release) struct process_tree tree = {0};

	if (!target_alive(t) || !t->child)
		return;
	process_tree_open(&tree, t->child);
	process_tree_signal(&tree, SIGTERM);
	process_tree_signal(&tree, SIGCONT); /* a stopped process would never end */
	t->n_killed = process_tree_wait(&tree, TARGET_GRACE_MS);
	if (t->n_killed) {
		process_tree_update(&tree);
		process_tree_signal(&tree, SIGKILL);
		process_tree_wait(&tree, TARGET_GRACE_MS);
	}
	if (target_alive(t) && t->child)
		status_keep(t, SIGKILL);
}

void target_release(struct target *t)
{
	/* The child still waits: without a byte it ends by itself. */
	if (t->child && t->start_fd > 0) {
		fd_close(&t->start_fd);
		child_reap(t);
	}
	/* 0: target_prepare() was never called. */
	if (t->start_fd > 0)
		fd_close(&t->start_fd);
	if (t->failed_fd > 0)
		fd_close(&t->failed_fd);
	t->child = 0;
	vec_release(&t->pids);
	vec_release(&t->tids);
	vec_release(&t->gone);
}
