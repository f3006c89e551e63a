#include "record/container/host_name.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/scoped.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* Returns the first process of the cgroup that has a pid here, 0: none. */
static long process_first(const char *folder)
{
	scoped(fd_close) int fd = -1;
	char path[PATH_MAX + 32], text[4096], *at = text;
	ssize_t n;
	long pid = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : io_read_full(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	while (!pid && *at) {
		pid = strtol(at, &at, 10);
		at += *at == '\n';
	}
	return pid;
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

bool host_name_of_cgroup(const char *folder, char *name, size_t size)
{
	scoped(fd_close) int ours = -1;
	scoped(fd_close) int theirs = -1;
	long pid = process_first(folder);
	struct stat a, b;
	char path[64];

	if (!pid)
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/ns/uts", pid);
	ours = open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC);
	theirs = open(path, O_RDONLY | O_CLOEXEC);
	if (ours < 0 || theirs < 0 || fstat(ours, &a) < 0 || fstat(theirs, &b) < 0 ||
	    (a.st_dev == b.st_dev && a.st_ino == b.st_ino))
		return false;
	/* The pid may be another process's by now. */
	return process_first(folder) == pid && host_name_in(theirs, ours, name, size);
}
