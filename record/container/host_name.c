#include "record/container/host_name.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/scoped.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

enum { PROCESSES_MAX = 1000 };

struct processes {
	long pids[PROCESSES_MAX];
	size_t n;
};

/* Finds the processes of the cgroup that have a pid here. */
static void processes_find(const char *folder, struct processes *p)
{
	scoped(fd_close) int fd = -1;
	char path[PATH_MAX + 32], text[16 << 10], *at = text;
	ssize_t n;

	p->n = 0;
	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : io_read_full(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return;
	text[n] = '\0';
	while (*at && p->n < PROCESSES_MAX) {
		long pid = strtol(at, &at, 10);

		if (pid)
			p->pids[p->n++] = pid;
		at += *at == '\n';
	}
}

/* Opens the UTS namespace of a process. Returns -1 if we may not look, or if it has
 * ended. */
static int namespace_open(const char *process, struct stat *st)
{
	scoped(fd_close) int fd = -1;
	char path[64];
	int opened;

	snprintf(path, sizeof(path), "/proc/%s/ns/uts", process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, st) < 0)
		return -1;
	opened = fd;
	fd = -1;
	return opened;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Opens the one namespace that the processes have. */
static enum host_names namespace_find(const struct processes *p, int *fd)
{
	struct stat first, other;
	char process[24];

	*fd = -1;
	for (size_t i = 0; i < p->n; i++) {
		scoped(fd_close) int next = -1;

		snprintf(process, sizeof(process), "%ld", p->pids[i]);
		next = namespace_open(process, *fd < 0 ? &first : &other);
		if (next < 0)
			continue;
		if (*fd >= 0 && !is_same(&first, &other))
			return HOST_NAMES_SEVERAL;
		if (*fd < 0) {
			*fd = next;
			next = -1;
		}
	}
	return *fd < 0 ? HOST_NAMES_NONE : HOST_NAMES_ONE;
}

static bool host_name_in(int theirs, int ours, char *name, size_t size)
{
	struct utsname here, there;
	bool is_read;

	if (uname(&here) < 0 || setns(theirs, CLONE_NEWUTS) < 0)
		return false;
	is_read = uname(&there) == 0;
	if (setns(ours, CLONE_NEWUTS) < 0 || !is_read)
		return false;
	snprintf(name, size, "%s", there.nodename);
	return *name && strcmp(here.nodename, name) != 0;
}

enum host_names host_name_of_cgroup(const char *folder, char *name, size_t size)
{
	scoped(fd_close) int ours = -1;
	scoped(fd_close) int theirs = -1;
	struct processes before, after;
	struct stat a, b;
	enum host_names found;

	processes_find(folder, &before);
	found = namespace_find(&before, &theirs);
	if (found != HOST_NAMES_ONE)
		return found;
	ours = namespace_open("thread-self", &a);
	if (ours < 0 || fstat(theirs, &b) < 0 || is_same(&a, &b))
		return HOST_NAMES_NONE;
	/* The first pid may be another process's by now. */
	processes_find(folder, &after);
	if (!after.n || after.pids[0] != before.pids[0])
		return HOST_NAMES_NONE;
	return host_name_in(theirs, ours, name, size) ? HOST_NAMES_ONE : HOST_NAMES_NONE;
}
