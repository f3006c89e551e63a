#include "elf/path_open.h"

#include "base/fd.h"
#include "base/scoped.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A sparse file can be larger than any disk. */
#define MAX_SIZE ((off_t)1 << 40)

/* Without AT_STATX_DONT_SYNC the file system is asked, and may not answer. */
bool path_stat(int at, struct stat *st)
{
	struct statx all;

	if (statx(at, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &all) <
	    0)
		return false;
	*st = (struct stat){
		.st_dev = makedev(all.stx_dev_major, all.stx_dev_minor),
		.st_ino = all.stx_ino,
		.st_mode = all.stx_mode,
		.st_nlink = all.stx_nlink,
		.st_uid = all.stx_uid,
		.st_size = (off_t)all.stx_size,
		.st_mtim = {all.stx_mtime.tv_sec, all.stx_mtime.tv_nsec},
	};
	return true;
}

bool path_check(struct slow_files *slow, int at, struct stat *st)
{
	enum file_system_kind kind;

	if (!path_stat(at, st))
		return false;
	kind = slow_files_kind(slow, at);
	errno = kind == FILE_SYSTEM_HUNG ? ETIMEDOUT : ENOENT;
	return kind != FILE_SYSTEM_HUNG && kind != FILE_SYSTEM_INTERFACE &&
	       S_ISREG(st->st_mode) && st->st_size <= MAX_SIZE;
}

int path_find(struct slow_files *slow, int folder, const char *path,
	      enum path_links links, struct stat *st)
{
	static const uint64_t resolve[] = {
		[LINKS_NONE] = RESOLVE_NO_SYMLINKS,
		[LINKS_BENEATH] = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
		[LINKS_IN_ROOT] = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
		[LINKS_ALL] = RESOLVE_NO_MAGICLINKS,
	};
	scoped(fd_close) int at = -1;
	int found;

	if (folder >= 0)
		path += strspn(path, "/");
	else if (*path != '/')
		path = "";
	at = slow_files_find(slow, folder >= 0 ? folder : AT_FDCWD, path, 0,
			     resolve[links]);
	if (at < 0 || !path_check(slow, at, st))
		return -1;
	found = at;
	at = -1;
	return found;
}

int path_read(struct slow_files *slow, int at)
{
	return slow_files_open_copy(slow, at);
}

int path_read_growing(struct slow_files *slow, int at)
{
	return slow_files_open(slow, at);
}

bool path_is_of(const struct stat *st, uint32_t owner)
{
	return st->st_uid == owner || (st->st_uid == 0 && st->st_mode & S_IROTH);
}
