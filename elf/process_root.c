#include "elf/process_root.h"

#include "base/fd.h"
#include "base/scoped.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMESPACE_MAX = 64 };

/* The name of a mount namespace, such as "mnt:[4026531840]". */
static bool namespace_read(const char *pid, char name[NAMESPACE_MAX])
{
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", pid);
	len = readlink(path, name, NAMESPACE_MAX - 1);
	if (len < 0)
		return false;
	name[len] = '\0';
	return true;
}

/* Two mounts of one directory are two roots. */
static bool is_same_directory(int a, int b)
{
	static const unsigned wanted = STATX_INO | STATX_MNT_ID;
	struct statx sa, sb;

	return statx(a, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, wanted, &sa) == 0 &&
	       statx(b, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, wanted, &sb) == 0 &&
	       sa.stx_dev_major == sb.stx_dev_major &&
	       sa.stx_dev_minor == sb.stx_dev_minor && sa.stx_ino == sb.stx_ino &&
	       sa.stx_mnt_id == sb.stx_mnt_id;
}

struct process_root process_root_open(uint32_t pid)
{
	char theirs[NAMESPACE_MAX], ours[NAMESPACE_MAX], number[16], path[64];
	struct process_root r = process_root_none();
	scoped(fd_close) int our_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (!pid || pid > INT_MAX || our_root < 0)
		return r;
	snprintf(number, sizeof(number), "%u", pid);
	snprintf(path, sizeof(path), "/proc/%u/root", pid);
	r.fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r.fd < 0)
		return r;
	if (!namespace_read(number, theirs) || !namespace_read("self", ours)) {
		fd_close(&r.fd);
		return r;
	}
	r.kind = ROOT_OTHER;
	r.is_changed = strcmp(theirs, ours) == 0;
	if (r.is_changed && is_same_directory(r.fd, our_root)) {
		r = process_root_none();
		r.kind = ROOT_OURS;
	}
	return r;
}

void process_root_close(struct process_root *r)
{
	fd_close(&r->fd);
	*r = process_root_none();
}

const char *process_root_path(const struct process_root *r, const char *path)
{
	char self[64], root[PATH_MAX];
	ssize_t len;

	if (!r->is_changed || r->fd < 0)
		return path;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", r->fd);
	len = readlink(self, root, sizeof(root));
	if (len <= 1 || strncmp(path, root, (size_t)len) != 0 || path[len] != '/')
		return path;
	return path + len;
}
