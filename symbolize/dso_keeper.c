#include "symbolize/dso_keeper.h"

#include "base/scoped.h"
#include "symbolize/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_SIZE ((off_t)4 << 30)

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static enum dso_trouble trouble_of_errno(void)
{
	return errno == EACCES || errno == EPERM ? DSO_DENIED : DSO_GONE;
}

static bool same_build_id(int fd, const struct build_id *want)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &ignored);
	struct build_id id;

	return f && elf_file_build_id(f, &id) && build_id_same(&id, want);
}

static bool same_inode(int fd, const struct stat *st, const struct dso *dso)
{
	long version = 0; /* the kernel stores an int, whatever the ioctl's name says */
	uint32_t generation;

	if (major(st->st_dev) != dso->major || minor(st->st_dev) != dso->minor ||
	    st->st_ino != dso->inode)
		return false;
	/* Inode numbers are used again at once; few file systems tell the generation. */
	if (!dso->generation || ioctl(fd, FS_IOC_GETVERSION, &version) < 0)
		return true;
	memcpy(&generation, &version, sizeof(generation));
	return generation == (uint32_t)dso->generation;
}

/* Turns 'at', an O_PATH descriptor, into one for reading, if it is the dso's file, or any
 * regular one where no dso is given. */
static enum dso_trouble open_if_same(int at, const struct dso *dso, int *opened)
{
	char self[64];
	struct stat st;
	int fd;

	/* Opening for reading wakes up devices; so look before. */
	if (fstat(at, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_SIZE)
		return DSO_GONE;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	fd = open(self, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return trouble_of_errno();
	if (dso && (dso->build_id.size ? !same_build_id(fd, &dso->build_id)
				       : !same_inode(fd, &st, dso))) {
		close(fd);
		return DSO_REPLACED;
	}
	*opened = fd;
	return DSO_NO_TROUBLE;
}

static enum dso_trouble try_host(const struct dso *dso, const char *path, int *opened)
{
	scoped(close_fd) int at = *path == '/' ? open(path, O_PATH | O_CLOEXEC) : -1;

	if (*path != '/')
		return DSO_GONE;
	return at < 0 ? trouble_of_errno() : open_if_same(at, dso, opened);
}

/* The path as the process sees it; a symbolic link in there cannot lead out of its root. */
static enum dso_trouble try_root(const struct dso *dso, const char *path, int root,
				 int *opened)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	scoped(close_fd) int at =
		(int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	return at < 0 ? trouble_of_errno() : open_if_same(at, dso, opened);
}

static enum dso_trouble try_exe(const struct dso *dso, int *opened)
{
	char exe[64];
	scoped(close_fd) int at = -1;

	snprintf(exe, sizeof(exe), "/proc/%u/exe", dso->pid);
	at = open(exe, O_PATH | O_CLOEXEC);
	return at < 0 ? DSO_GONE : open_if_same(at, dso, opened);
}

int dso_keeper_open_root(uint32_t pid)
{
	char root[64];

	if (!pid || pid > INT_MAX)
		return -1;
	snprintf(root, sizeof(root), "/proc/%u/root", pid);
	return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* All places for one spelling of the path; true when it is open. */
static bool try_path(const struct dso *dso, const char *path, int root,
		     enum dso_trouble *worst, int *opened)
{
	enum dso_trouble why;

	if (root >= 0) {
		why = try_root(dso, path, root, opened);
		if (!why)
			return true;
		*worst = why > *worst ? why : *worst;
	}
	why = try_host(dso, path, opened);
	/* What stands there here says nothing of a path in somebody else's root. */
	if (root < 0 && why > *worst)
		*worst = why;
	return !why;
}

int dso_keeper_open(const struct dso *dso, const char *path, bool is_live,
		    enum dso_trouble *why)
{
	static const char deleted[] = " (deleted)";
	size_t len = strlen(path), cut = sizeof(deleted) - 1;
	scoped(close_fd) int root = -1;
	char before[PATH_MAX];
	int fd = -1;

	*why = DSO_UNVERIFIED;
	if (!dso->build_id.size && !dso->inode)
		return -1;
	*why = DSO_GONE;
	if (is_live)
		root = dso_keeper_open_root(dso->pid);
	if (try_path(dso, path, root, why, &fd))
		return fd;
	if (root >= 0 && !try_exe(dso, &fd))
		return fd;
	if (len <= cut || len - cut >= sizeof(before) ||
	    strcmp(path + len - cut, deleted) != 0)
		return -1;
	memcpy(before, path, len - cut);
	before[len - cut] = '\0';
	return try_path(dso, before, root, why, &fd) ? fd : -1;
}

int dso_keeper_open_at(int root, const char *path, const struct build_id *id,
		       enum dso_trouble *why)
{
	const struct dso wanted = {.build_id = *id};
	const struct dso *dso = id->size ? &wanted : NULL;
	int fd = -1;

	*why = root >= 0 ? try_root(dso, path, root, &fd) : try_host(dso, path, &fd);
	return fd;
}
