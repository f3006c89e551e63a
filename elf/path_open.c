#include "elf/path_open.h"

#include "base/fd.h"
#include "base/scoped.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MAX_SIZE ((off_t)4 << 30)

/* Kernel interfaces: reading a file may have effects. Those that older headers do not
 * name: configfs, fusectl, mqueue, resctrl, nfsd. */
static const unsigned long interfaces[] = {
	PROC_SUPER_MAGIC, SYSFS_MAGIC,	      DEBUGFS_MAGIC,	   TRACEFS_MAGIC,
	SECURITYFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC,
	BPF_FS_MAGIC,	  EFIVARFS_MAGIC,     SELINUX_MAGIC,	   SMACK_MAGIC,
	PSTOREFS_MAGIC,	  BINFMTFS_MAGIC,     NSFS_MAGIC,	   0x62656570,
	0x65735543,	  0x19800202,	      0x7655821,	   0x6e667364,
};

static bool is_interface(int at)
{
	struct statfs fs;

	if (fstatfs(at, &fs) < 0)
		return true;
	for (size_t i = 0; i < array_size(interfaces); i++)
		if ((unsigned long)fs.f_type == interfaces[i])
			return true;
	return false;
}

bool path_check(int at, struct stat *st)
{
	if (fstat(at, st) < 0)
		return false;
	if (S_ISREG(st->st_mode) && st->st_size <= MAX_SIZE && !is_interface(at))
		return true;
	errno = ENOENT;
	return false;
}

int path_find(int folder, const char *path, enum path_links links, struct stat *st)
{
	static const uint64_t resolve[] = {
		[LINKS_NONE] = RESOLVE_NO_SYMLINKS,
		[LINKS_BENEATH] = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
		[LINKS_IN_ROOT] = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
		[LINKS_ALL] = RESOLVE_NO_MAGICLINKS,
	};
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = resolve[links]};
	scoped(fd_close) int at = -1;
	int found;

	if (folder >= 0)
		path += strspn(path, "/");
	else if (*path != '/')
		path = "";
	at = (int)syscall(SYS_openat2, folder >= 0 ? folder : AT_FDCWD, path, &how,
			  sizeof(how));
	if (at < 0 || !path_check(at, st))
		return -1;
	found = at;
	at = -1;
	return found;
}

int path_read(int at)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	return open(self, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

bool path_is_of(const struct stat *st, uint32_t owner)
{
	return st->st_uid == owner || (st->st_uid == 0 && st->st_mode & S_IROTH);
}
