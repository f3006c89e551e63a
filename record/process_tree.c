#include "record/process_tree.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/scoped.h"
#include "record/proc_file.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	MEMBERS_MAX = 1024,
	TEXT_MAX = 16384,
	NS_PER_MS = 1000000,
	/* A child that ended wakes nobody. */
	POLL_MS = 10,
};

struct pid_list {
	VEC(uint32_t) pids;
};

/* Adds the children that one thread has started. */
static void children_add(struct pid_list *list, uint32_t pid, uint32_t tid)
{
	char path[64], text[TEXT_MAX], *at = text, *end;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/children", pid, tid);
	if (!proc_read(path, text, sizeof(text)))
		return;
	while (list->pids.n < MEMBERS_MAX) {
		unsigned long child = strtoul(at, &end, 10);

		/* The number before the end of a full buffer may be cut. */
		if (end == at || !*end)
			break;
		vec_push(&list->pids, (uint32_t)child);
		at = end;
	}
}

static void descendants_add(struct pid_list *list)
{
	for (size_t i = 0; i < list->pids.n; i++) {
		uint32_t pid = list->pids.items[i], tid;
		struct proc_dir threads;
		char path[64];

		snprintf(path, sizeof(path), "/proc/%u/task", pid);
		if (!proc_dir_open(&threads, path))
			continue;
		while (proc_dir_next(&threads, &tid))
			children_add(list, pid, tid);
		proc_dir_close(&threads);
	}
}

static void member_add(struct process_tree *t, uint32_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0)
		vec_push(&t->members, ((struct pollfd){.fd = fd, .events = POLLIN}));
}

void process_tree_update(struct process_tree *t)
{
	struct pid_list list = {0};

	vec_push(&list.pids, (uint32_t)t->root);
	descendants_add(&list);
	for (size_t i = 1; i < list.pids.n; i++)
		member_add(t, list.pids.items[i]);
	vec_release(&list.pids);
}

void process_tree_open(struct process_tree *t, pid_t root)
{
	*t = (struct process_tree){.root = root};
	process_tree_update(t);
}

void process_tree_release(struct process_tree *t)
{
	struct pollfd *member;

	vec_each(member, &t->members)
		fd_close(&member->fd);
	vec_release(&t->members);
	t->root = 0;
}

/* The root is a zombie until it is reaped, so its pid cannot be reused. */
static bool root_lives(const struct process_tree *t)
{
	siginfo_t info = {0};

	return t->root &&
	       waitid(P_PID, (id_t)t->root, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

void process_tree_signal(struct process_tree *t, int sig)
{
	const struct pollfd *member;

	if (root_lives(t))
		kill(t->root, sig);
	vec_each(member, &t->members)
		if (member->fd >= 0)
			syscall(SYS_pidfd_send_signal, member->fd, sig, NULL, 0);
}

size_t process_tree_wait(struct process_tree *t, int ms)
{
	uint64_t end = clock_now() + (uint64_t)ms * NS_PER_MS;
	struct pollfd *member;

	for (;;) {
		bool is_over = clock_now() >= end;
		size_t left = root_lives(t);

		vec_each(member, &t->members) {
			if (member->fd >= 0 && member->revents)
				fd_close(&member->fd);
			left += member->fd >= 0;
		}
		if (!left || is_over)
			return left;
		poll(t->members.items, t->members.n, POLL_MS);
	}
}
