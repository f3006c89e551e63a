#include "record/container/trusted_file.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/path_walk.h"
#include "base/scoped.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool group_may_write(const struct stat *st)
{
	return st->st_mode & S_IWGRP && st->st_gid != 0 && st->st_gid != getegid();
}

/* path_check_private() allows groups, in which other users may be. */
static bool folders_are_trusted(const char *path)
{
	char part[PATH_MAX];
	struct stat st;

	if (!realpath(path, part))
		return false;
	for (char *slash; (slash = strrchr(part, '/'));) {
		*slash = '\0';
		if (lstat(*part ? part : "/", &st) < 0 || group_may_write(&st))
			return false;
	}
	return true;
}

static bool file_is_trusted(int fd, size_t most, struct stat *st)
{
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode) || st->st_size < 0 ||
	    (size_t)st->st_size > most)
		return false;
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return false;
	return !(st->st_mode & S_IWOTH) && !group_may_write(st);
}

char *trusted_file_read(const char *path, size_t most, size_t *size)
{
	scoped(fd_close) int fd = -1;
	struct error ignored;
	struct stat st;
	ssize_t got;
	char *text;

	if (path_check_private(path, &ignored) < 0 || !folders_are_trusted(path))
		return NULL;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || !file_is_trusted(fd, most, &st))
		return NULL;
	text = mem_new(1, (size_t)st.st_size + 1);
	got = io_read_full(fd, text, (size_t)st.st_size);
	if (got < 0) {
		mem_free(text);
		return NULL;
	}
	text[got] = '\0';
	*size = (size_t)got;
	return text;
}
