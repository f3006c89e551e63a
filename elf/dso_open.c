#include "elf/dso_open.h"

#include "base/fd.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "elf/keep/mapped_file.h"
#include "elf/path_open.h"
#include "elf/process_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Whether the file has the device, inode and generation of the dso. */
static bool file_has_inode(int fd, const struct stat *st, const struct dso *dso)
{
	long version = 0; /* the kernel stores an int */
	uint32_t generation;

	if (st->st_ino != dso->inode)
		return false;
	if ((major(st->st_dev) != dso->major || minor(st->st_dev) != dso->minor) &&
	    !mapped_file_has_two_devices(fd))
		return false;
	/* Inode numbers are reused soon; the generation differs then, but few file
	 * systems have one. */
	if (!(uint32_t)dso->generation || ioctl(fd, FS_IOC_GETVERSION, &version) < 0)
		return true;
	memcpy(&generation, &version, sizeof(generation));
	return generation == (uint32_t)dso->generation;
}

static bool file_is_of(int fd, const struct stat *st, const struct dso *dso)
{
	return (!dso->size || (uint64_t)st->st_size == dso->size) &&
	       (!dso->build_id.size || elf_file_has_build_id(fd, &dso->build_id)) &&
	       (!dso->inode || file_has_inode(fd, st, dso));
}

enum dso_trouble dso_open_found(const struct dso_opening *o, int at,
				const struct stat *st, const struct dso *dso, int *opened)
{
	int fd = o->grows ? path_read_growing(o->slow, at) : path_read(o->slow, at);

	if (fd < 0)
		return mapped_file_trouble(errno);
	if (!file_is_of(fd, st, dso)) {
		close(fd);
		return DSO_REPLACED;
	}
	*opened = fd;
	if (o->found)
		*o->found = *st;
	return DSO_NO_TROUBLE;
}

static int open_program(uint32_t pid)
{
	char exe[64];

	snprintf(exe, sizeof(exe), "/proc/%u/exe", pid);
	return open(exe, O_PATH | O_CLOEXEC);
}

/* Whether the file at the path of a process that is gone is on another device than the
 * dso: then the path may belong to another root, and proves nothing. */
static bool is_elsewhere(const struct process_root *root, const struct stat *st,
			 const struct dso *dso)
{
	return root->kind == ROOT_UNKNOWN && (dso->major || dso->minor) &&
	       (major(st->st_dev) != dso->major || minor(st->st_dev) != dso->minor);
}

/* Opens the file at a path in the root of its process, which is taken for ours if the
 * process is gone: then only the file's identity counts. The path in our root of a file
 * of another root means nothing. */
static enum dso_trouble open_in_root(const struct dso_opening *o, const struct dso *dso,
				     const char *path, const struct process_root *root,
				     int *opened)
{
	enum path_links links = root->fd < 0 ? LINKS_ALL : LINKS_IN_ROOT;
	const char *inner = process_root_path(root, path);
	enum dso_trouble why;
	struct stat st;
	scoped(fd_close) int at =
		*inner == '/' ? path_find(o->slow, root->fd, inner, links, &st) : -1;

	if (*inner != '/')
		return DSO_GONE;
	if (at < 0)
		return mapped_file_trouble(errno);
	why = dso_open_found(o, at, &st, dso, opened);
	return why == DSO_REPLACED && is_elsewhere(root, &st, dso) ? DSO_GONE : why;
}

static enum dso_trouble open_exe(const struct dso_opening *o, const struct dso *dso,
				 int *opened)
{
	scoped(fd_close) int at = open_program(dso->pid);
	struct stat st;

	return at < 0 || !path_check(o->slow, at, &st)
		       ? DSO_GONE
		       : dso_open_found(o, at, &st, dso, opened);
}

/* Opens the file at its path, or at its path before it was deleted. */
static enum dso_trouble open_by_path(const struct dso_opening *o, const struct dso *dso,
				     const char *path, const struct process_root *root,
				     int *opened)
{
	static const char deleted[] = " (deleted)";
	size_t len = strlen(path), cut = sizeof(deleted) - 1;
	enum dso_trouble why = open_in_root(o, dso, path, root, opened), other;
	char before[PATH_MAX];

	if (!why || len <= cut || len - cut >= sizeof(before) ||
	    strcmp(path + len - cut, deleted) != 0)
		return why;
	memcpy(before, path, len - cut);
	before[len - cut] = '\0';
	other = open_in_root(o, dso, before, root, opened);
	return !other || other > why ? other : why;
}

enum dso_trouble dso_open(const struct dso_opening *o, const struct dso *dso,
			  const char *path, bool is_live, int *opened)
{
	scoped(process_root_close) struct process_root root = process_root_none();
	struct dso wanted = *dso;
	enum dso_trouble why;

	if (is_live)
		root = process_root_open(dso->pid);
	else if (dso->build_id.size)
		wanted.inode = 0; /* of another machine, or before a reboot */
	if (!o->is_of_here)
		wanted.size = 0; /* it may be stripped there */
	why = open_by_path(o, &wanted, path, &root, opened);
	if (!why || (root.kind != ROOT_UNKNOWN && !open_exe(o, &wanted, opened)))
		return DSO_NO_TROUBLE;
	return why;
}
