#include "record/proc_file.h"

#include "base/io.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TASK_IS_KERNEL_THREAD 0x00200000 /* PF_KTHREAD, include/linux/sched.h */

int proc_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

bool proc_read(const char *path, char *text, size_t size)
{
	int fd = proc_open(path);
	size_t len = 0;
	ssize_t got = 1;

	assert(size > 0);
	if (fd < 0)
		return false;
	/* A process may end between two reads: the first part counts. */
	while (len + 1 < size && (got = io_read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)got;
	close(fd);
	text[len] = '\0';
	return len > 0;
}

void proc_unescape(char *text, bool is_stat)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (!strncmp(from, "\\012", 4)) {
			*to = '\n';
			from += 4;
		} else if (is_stat && from[0] == '\\' &&
			   (from[1] == 'n' || from[1] == '\\')) {
			*to = from[1] == 'n' ? '\n' : '\\';
			from += 2;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* The name is in parentheses and may contain parentheses: the last one ends it. */
static bool stat_parse(char *text, struct proc_stat *st)
{
	char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned parent, flags;
	unsigned long threads;

	if (!open || !close || close < open)
		return false;
	if (sscanf(close + 1,
		   " %c %u %*s %*s %*s %*s %u %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%lu",
		   &st->state, &parent, &flags, &threads) != 4)
		return false;
	*close = '\0';
	proc_unescape(open + 1, true);
	st->comm = open + 1;
	st->parent = parent;
	st->is_kernel_thread = flags & TASK_IS_KERNEL_THREAD;
	st->n_threads = (uint32_t)threads;
	return true;
}

bool proc_stat_read(uint32_t pid, uint32_t tid, char text[PROC_STAT_MAX],
		    struct proc_stat *st)
{
	char path[64];

	if (tid)
		snprintf(path, sizeof(path), "/proc/%u/task/%u/stat", pid, tid);
	else
		snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	return proc_read(path, text, PROC_STAT_MAX) && stat_parse(text, st);
}

uint32_t proc_tgid(uint32_t tid)
{
	char path[64], text[1024];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	if (!proc_read(path, text, sizeof(text)))
		return 0;
	/* The name before it is escaped: no second line can look like this one. */
	at = strstr(text, "\nTgid:");
	return at ? (uint32_t)strtoul(at + 6, NULL, 10) : 0;
}

bool proc_dir_open(struct proc_dir *d, const char *path)
{
	d->dir = opendir(path);
	return d->dir;
}

bool proc_dir_next(struct proc_dir *d, uint32_t *number)
{
	struct dirent *entry;

	while ((entry = readdir(d->dir))) {
		char *end;
		unsigned long n = strtoul(entry->d_name, &end, 10);

		if (*end || end == entry->d_name || n == 0 || n > INT32_MAX)
			continue;
		*number = (uint32_t)n;
		return true;
	}
	return false;
}

void proc_dir_close(struct proc_dir *d)
{
	if (d->dir)
		closedir(d->dir);
	d->dir = NULL;
}

bool proc_lines_open(struct proc_lines *l, const char *path)
{
	l->at = l->end = 0;
	l->fd = proc_open(path);
	return l->fd >= 0;
}

/* Moves the rest of the text to the front and reads on; false at the end of the file. */
static bool lines_fill(struct proc_lines *l)
{
	ssize_t got;

	memmove(l->text, l->text + l->at, l->end - l->at);
	l->end -= l->at;
	l->at = 0;
	got = io_read(l->fd, l->text + l->end, sizeof(l->text) - 1 - l->end);
	if (got <= 0)
		return false;
	l->end += (size_t)got;
	return true;
}

char *proc_lines_next(struct proc_lines *l)
{
	bool is_cut = false;

	for (;;) {
		char *line = l->text + l->at;
		char *end = memchr(line, '\n', l->end - l->at);

		if (end) {
			*end = '\0';
			l->at = (size_t)(end + 1 - l->text);
			if (!is_cut)
				return line;
			is_cut = false;
			continue;
		}
		if (l->at == 0 && l->end == sizeof(l->text) - 1) {
			is_cut = true;
			l->end = 0;
		}
		if (!lines_fill(l))
			break;
	}
	if (l->at == l->end || is_cut)
		return NULL;
	l->text[l->end] = '\0';
	l->end = 0;
	return l->text + l->at;
}

void proc_lines_close(struct proc_lines *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
