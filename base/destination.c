#include "base/destination.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path_walk.h"
#include "base/scoped.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>

static const char *kind_of(const struct stat *st)
{
	static const struct {
		mode_t type;
		const char *name;
	} kinds[] = {
		{S_IFDIR, "a folder"}, {S_IFLNK, "a symbolic link"},
		{S_IFIFO, "a FIFO"},   {S_IFCHR, "a device"},
		{S_IFBLK, "a device"}, {S_IFSOCK, "a socket"},
		{S_IFREG, "a file"},
	};

	for (size_t i = 0; i < array_size(kinds); i++)
		if ((st->st_mode & S_IFMT) == kinds[i].type)
			return kinds[i].name;
	return "no file";
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

static int fail_sys(const struct destination *d, struct error *err)
{
	return error_sys(err, "cannot write '%s'", d->path);
}

static int fail_kind(const struct destination *d, struct error *err)
{
	return error_set(err, "cannot write '%s': it is %s%s", d->path, kind_of(&d->st),
			 d->flags & OUT_REGULAR ? ", not a regular file" : "");
}

/* In a sticky folder only the owners of the file and of the folder may replace a file. */
static bool may_replace(const struct stat *folder, const struct stat *file)
{
	uid_t me = geteuid();

	return !(folder->st_mode & S_ISVTX) || me == 0 || me == folder->st_uid ||
	       me == file->st_uid;
}

/* Checks that the existing file can get the name 'path'.old. */
static int old_check(struct destination *d, const struct stat *folder, struct error *err)
{
	scoped(mem_release) char *old = mem_format("%s.old", d->name);

	if (fstatat(d->folder, old, &d->old, AT_SYMLINK_NOFOLLOW) < 0) {
		d->old.st_mode = 0;
		return errno == ENOENT ? 0 : fail_sys(d, err);
	}
	if (!S_ISREG(d->old.st_mode))
		return error_set(err, "cannot keep '%s' as '%s.old': '%s.old' is %s",
				 d->path, d->path, d->path, kind_of(&d->old));
	errno = EPERM;
	return may_replace(folder, &d->old)
		       ? 0
		       : error_sys(err, "cannot replace '%s.old'", d->path);
}

static int regular_check(struct destination *d, struct error *err)
{
	bool exists = d->st.st_mode;
	struct stat folder;

	if (fstat(d->folder, &folder) < 0 ||
	    faccessat(d->folder, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return fail_sys(d, err);
	if (!exists)
		return 0;
	/* A read-only file must not be replaced. */
	if (faccessat(d->folder, d->name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) < 0)
		return fail_sys(d, err);
	errno = EPERM;
	if (!may_replace(&folder, &d->st))
		return fail_sys(d, err);
	return d->flags & OUT_KEEP_OLD ? old_check(d, &folder, err) : 0;
}

static bool is_own_pipe(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* Pipes and devices. */
static int special_check(const struct destination *d, struct error *err)
{
	struct stat folder;

	if (d->flags & OUT_REGULAR ||
	    !(S_ISFIFO(d->st.st_mode) || S_ISCHR(d->st.st_mode)))
		return fail_kind(d, err);
	if (!S_ISFIFO(d->st.st_mode) || is_own_pipe(&d->st))
		return 0;
	if (fstat(d->folder, &folder) < 0)
		return fail_sys(d, err);
	return folder.st_mode & S_IWOTH
		       ? error_set(
				 err,
				 "cannot write '%s': it is a FIFO of another user, in a "
				 "folder to which others may write",
				 d->path)
		       : 0;
}

static int descriptor_take(struct destination *d, int fd, struct error *err)
{
	d->fd = fd == STDOUT_FILENO ? fd : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return d->fd < 0 || fstat(d->fd, &d->st) < 0 ? fail_sys(d, err) : 0;
}

static int file_take(struct destination *d, struct path_walk *w, struct error *err)
{
	if (w->file >= 0 && fstat(w->file, &d->st) < 0)
		return fail_sys(d, err);
	d->folder = w->folder;
	w->folder = -1;
	if (w->file < 0 || S_ISREG(d->st.st_mode)) {
		d->name = mem_str(w->name, strlen(w->name));
		return regular_check(d, err);
	}
	d->fd = w->file;
	d->is_path = true;
	w->file = -1;
	return special_check(d, err);
}

/* Takes the regular file that is open as w->file, by the path that it has now. */
static int open_file_take(struct destination *d, const struct path_walk *w,
			  struct error *err)
{
	scoped(path_walk_release) struct path_walk again = {.folder = -1, .file = -1};
	char self[64], path[PATH_MAX];
	struct stat st, found;
	ssize_t len;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", w->file);
	len = readlink(self, path, sizeof(path) - 1);
	if (len < 0 || fstat(w->file, &st) < 0)
		return fail_sys(d, err);
	path[len] = '\0';
	if (path_walk(&again, path, err) < 0)
		return -1;
	errno = ENOENT;
	if (again.file < 0 || fstat(again.file, &found) < 0 || !same_file(&st, &found))
		return fail_sys(d, err);
	return file_take(d, &again, err);
}

/* The number of a descriptor of this process that a path names, or -1. The links in /dev
 * and /proc are not read: in a user namespace their owner may be unknown. */
static int own_descriptor(const char *path)
{
	static const struct {
		const char *path, *number;
	} names[] = {
		{"/dev/stdin", "0"}, {"/dev/stdout", "1"},     {"/dev/stderr", "2"},
		{"/dev/fd/", NULL},  {"/proc/self/fd/", NULL},
	};
	uint64_t fd;

	for (size_t i = 0; i < array_size(names); i++) {
		size_t len = strlen(names[i].path);

		if (strncmp(path, names[i].path, len) != 0 ||
		    (names[i].number && path[len]))
			continue;
		if (parse_u64(names[i].number ? names[i].number : path + len, &fd) &&
		    fd <= INT_MAX)
			return (int)fd;
	}
	return -1;
}

static int destination_find(struct destination *d, struct error *err)
{
	scoped(path_walk_release) struct path_walk w = {.folder = -1, .file = -1};
	int own = own_descriptor(d->path);
	struct stat st;

	if (own >= 0 && !(d->flags & OUT_REGULAR))
		return descriptor_take(d, own, err);
	if (path_walk(&w, d->path, err) < 0)
		return -1;
	if (!w.is_open_file)
		return file_take(d, &w, err);
	if (fstat(w.file, &st) == 0 && S_ISREG(st.st_mode))
		return open_file_take(d, &w, err);
	return file_take(d, &w, err);
}

int destination_open(struct destination *d, const char *path, unsigned flags,
		     struct error *err)
{
	bool is_stdout = strcmp(path, "-") == 0;
	int result;

	if (is_stdout)
		path = "standard output";
	*d = (struct destination){.path = mem_str(path, strlen(path)),
				  .flags = flags,
				  .folder = -1,
				  .fd = -1};
	if (is_stdout && flags & OUT_REGULAR)
		result = error_set(err, "cannot write '-': it is not a regular file");
	else if (is_stdout)
		result = descriptor_take(d, STDOUT_FILENO, err);
	else
		result = destination_find(d, err);
	if (result < 0)
		destination_release(d);
	return result;
}

void destination_release(struct destination *d)
{
	if (!d->path)
		return;
	if (d->fd > STDERR_FILENO)
		close(d->fd);
	fd_close(&d->folder);
	mem_release(&d->name);
	mem_release(&d->path);
}

bool destination_is(const struct destination *d, const struct stat *file)
{
	return S_ISREG(file->st_mode) && S_ISREG(d->st.st_mode) &&
	       same_file(&d->st, file);
}

bool destination_removes(const struct destination *d, const struct stat *file)
{
	return S_ISREG(file->st_mode) && S_ISREG(d->old.st_mode) &&
	       same_file(&d->old, file);
}

bool destination_replaces(const struct destination *d)
{
	return d->name;
}

bool destination_same(const struct destination *a, const struct destination *b)
{
	struct stat x, y;

	if (destination_is(b, &a->st))
		return true;
	/* Some file systems take names that differ in case only for equal. */
	return a->name && b->name && strcasecmp(a->name, b->name) == 0 &&
	       fstat(a->folder, &x) == 0 && fstat(b->folder, &y) == 0 &&
	       same_file(&x, &y);
}

/* FILE.part-PID; if that is taken, FILE.part-PID.N with a random N, which another user
 * cannot take beforehand. */
static char *partial_name(const char *name, bool is_first)
{
	uint32_t n = 0;

	if (is_first)
		return mem_format("%s.part-%d", name, (int)getpid());
	if (getrandom(&n, sizeof(n), 0) < 0)
		n = (uint32_t)random();
	return mem_format("%s.part-%d.%u", name, (int)getpid(), n);
}

static int partial_create(const struct destination *d, const struct readers *readers,
			  char **partial, struct error *err)
{
	struct stat folder;
	mode_t mode;

	if (fstat(d->folder, &folder) < 0)
		return fail_sys(d, err);
	mode = readers_mode(readers,
			    folder.st_mode & S_ISGID ? folder.st_gid : getegid());
	for (int i = 0; i < 100; i++) {
		char *name = partial_name(d->name, i == 0);
		int fd = openat(d->folder, name,
				O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

		if (fd >= 0) {
			/* An unlocked part is one that was left. */
			flock(fd, LOCK_EX | LOCK_NB);
			*partial = name;
			return fd;
		}
		mem_free(name);
		if (errno != EEXIST)
			break;
	}
	return fail_sys(d, err);
}

/* Opens a pipe or a device. A pipe of this user waits for its reader, as in a shell. */
static int special_open(const struct destination *d, struct error *err)
{
	bool waits = S_ISFIFO(d->st.st_mode) && is_own_pipe(&d->st);
	char self[64];
	int fd, flags;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", d->fd);
	fd = open(self, O_WRONLY | O_CLOEXEC | O_NOCTTY | (waits ? 0 : O_NONBLOCK));
	if (fd < 0 && errno == ENXIO && S_ISFIFO(d->st.st_mode))
		return error_set(err, "cannot write '%s': no process reads this FIFO",
				 d->path);
	flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) {
		fail_sys(d, err);
		fd_close(&fd);
		return -1;
	}
	return fd;
}

int destination_create(const struct destination *d, const struct readers *readers,
		       char **partial, struct error *err)
{
	int fd;

	*partial = NULL;
	if (d->name)
		return partial_create(d, readers, partial, err);
	if (d->is_path)
		return special_open(d, err);
	if (d->fd == STDOUT_FILENO)
		return d->fd;
	fd = fcntl(d->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? fail_sys(d, err) : fd;
}

static int publish_fail(const struct destination *d, const char *partial,
			struct error *err)
{
	scoped(mem_release) char *path = destination_path_of(d, partial);
	const struct error cause = *err;

	error_set(err, "%s; the new file is '%s'", cause.text, path);
	err->code = cause.code;
	return -1;
}

int destination_publish(const struct destination *d, const char *partial,
			struct error *err)
{
	scoped(mem_release) char *old = NULL;

	assert(d->name);
	old = mem_format("%s.old", d->name);
	if (d->flags & OUT_KEEP_OLD && renameat(d->folder, d->name, d->folder, old) < 0 &&
	    errno != ENOENT) {
		error_sys(err, "cannot keep '%s' as '%s.old'", d->path, d->path);
		return publish_fail(d, partial, err);
	}
	if (renameat(d->folder, partial, d->folder, d->name) < 0) {
		fail_sys(d, err);
		return publish_fail(d, partial, err);
	}
	return 0;
}

char *destination_path_of(const struct destination *d, const char *name)
{
	char self[64], folder[PATH_MAX];
	ssize_t len;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", d->folder);
	len = readlink(self, folder, sizeof(folder));
	if (len < 0)
		return mem_str(name, strlen(name));
	return mem_format("%.*s%s%s", (int)len, folder, len > 1 ? "/" : "", name);
}
