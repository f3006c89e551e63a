#include "sandbox/file_policy.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
	OPEN_CHANGES = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY),
	ELF_START = EI_NIDENT + 2, /* with the type of the file */
	OPEN_FINDS = O_DIRECTORY | O_NOFOLLOW, /* flags for finding the file */
};

/* The first bytes of files that flame reads, and the end of their names, if others begin
 * with the same: logs and core files are packed, too. */
static const struct {
	const char *bytes;
	size_t n;
	const char *end;
} contents[] = {
	/* programs, libraries, debug files, kernel modules */
	{"\177ELF", 4, ""},
	/* packed kernel modules */
	{"\375\067zXZ", 5, ".ko.xz"},
	{"\050\265\057\375", 4, ".ko.zst"},
	{"\037\213", 2, ".ko.gz"},
	/* jitdump, of both byte orders */
	{"JiTD", 4, ""},
	{"DTiJ", 4, ""},
};

/* Files of the kernel; '#' stands for a number. */
static const char *const kernel_files[] = {
	"/proc/kallsyms",	   "/proc/modules",
	"/proc/#/stat",		   "/proc/#/status",
	"/sys/kernel/notes",	   "/sys/devices/system/cpu/online",
	"/sys/devices/system/cpu/possible",
};

bool file_request_only_reads(const struct file_request *r)
{
	return (r->flags & O_PATH) || !(r->flags & OPEN_CHANGES);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

static bool name_matches(const char *pattern, const char *name)
{
	for (; *pattern; pattern++) {
		if (*pattern != '#') {
			if (*pattern != *name++)
				return false;
			continue;
		}
		if (!isdigit((unsigned char)*name))
			return false;
		while (isdigit((unsigned char)*name))
			name++;
	}
	return !*name;
}

bool file_policy_may_follow(const char *path)
{
	return name_matches("/proc/#/ns/mnt", path) ||
	       strcmp(path, "/proc/self/ns/mnt") == 0;
}

/* In the root of another process, any file may be mounted at such a path. */
static bool is_kernel_file(const struct file_request *r)
{
	bool in_other_root = r->folder != AT_FDCWD || r->resolve & RESOLVE_IN_ROOT;

	for (size_t i = 0; !in_other_root && i < array_size(kernel_files); i++)
		if (name_matches(kernel_files[i], r->path))
			return true;
	return false;
}

static bool is_input(const struct file_policy *p, const struct file_request *r)
{
	for (size_t i = 0; r->folder == AT_FDCWD && i < p->n_inputs; i++)
		if (strcmp(p->inputs[i], r->path) == 0)
			return true;
	return false;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino && a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Whether a file is an input, or the other permitted file, by whatever path. */
static bool is_permitted_file(const struct file_opener *o, const struct stat *st)
{
	for (size_t i = 0; i < o->policy.n_inputs; i++)
		if (is_same_file(&o->inputs[i], st))
			return true;
	return is_same_file(&o->policy.file, st);
}

/* A descriptor of another process. Its link in /proc leads to the same file, but some
 * network file systems wait when a link is followed. */
static int descriptor_take(const struct file_request *r, int number)
{
	scoped(fd_close) int process = (int)syscall(SYS_pidfd_open, r->process, 0);

	return process < 0 ? -1
			   : (int)syscall(SYS_pidfd_getfd, process, number, 0);
}

/* Opens the place of the file, without any effect on the file. */
static int place_open(const struct file_opener *o, const struct file_request *r,
		      bool is_input)
{
	static const char self[] = "/proc/self/";
	const uint64_t flags = r->flags & OPEN_FINDS;
	scoped(fd_close) int folder = -1;
	char text[PATH_MAX + 32], rest;
	const char *path = r->path;
	int number, place;

	if (r->folder != AT_FDCWD) {
		snprintf(text, sizeof(text), "/proc/%d/fd/%d", r->tid, r->folder);
		folder = descriptor_take(r, r->folder);
		if (folder < 0)
			folder = open(text, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return folder < 0 ? -1
				  : slow_files_find(o->slow, folder, path, flags,
						    r->resolve);
	}
	if (is_input || strncmp(path, self, sizeof(self) - 1) != 0)
		return slow_files_find(o->slow, AT_FDCWD, path, flags, r->resolve);
	/* "self" is the other process, but in a path of the user it is this one. */
	if (sscanf(path, "/proc/self/fd/%d%c", &number, &rest) == 1) {
		place = descriptor_take(r, number);
		if (place >= 0)
			return place;
	}
	snprintf(text, sizeof(text), "/proc/%d/%s", r->tid, path + sizeof(self) - 1);
	return slow_files_find(NULL, AT_FDCWD, text, flags, r->resolve);
}

/* Does not ask the file system, which may be slow. */
static bool place_stat(int place, struct stat *st)
{
	struct statx all;

	if (statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_TYPE | STATX_MODE | STATX_INO, &all) < 0)
		return false;
	*st = (struct stat){.st_dev = makedev(all.stx_dev_major, all.stx_dev_minor),
			    .st_ino = all.stx_ino,
			    .st_mode = all.stx_mode};
	return true;
}

/* The last part of the path of a file, wherever the request found it, without the mark of
 * a deleted one; or all of the name that flame gave to memfd_create(2). "": none. */
static const char *place_name(int place, char path[PATH_MAX])
{
	static const char deleted[] = " (deleted)";
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	n = readlink(link, path, PATH_MAX - 1);
	path[n > 0 ? n : 0] = '\0';
	if (ends_with(path, deleted))
		path[n - (ssize_t)strlen(deleted)] = '\0';
	if (strncmp(path, "/memfd:", 7) == 0)
		return path;
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : "";
}

static bool has_known_name(const char *name)
{
	/* The last two are lists of symbols and of modules, for other kernels. */
	return strncmp(name, "/memfd:flame", 12) == 0 ||
	       name_matches("perf-#.map", name) || strcmp(name, "kallsyms") == 0 ||
	       strcmp(name, "modules.dep") == 0;
}

/* Memory of a process that has crashed: passwords and keys. */
static bool is_core_file(const unsigned char *start, size_t n)
{
	bool is_big_endian = n > EI_DATA && start[EI_DATA] == ELFDATA2MSB;

	return n >= ELF_START && start[EI_NIDENT + is_big_endian] == ET_CORE &&
	       !start[EI_NIDENT + !is_big_endian];
}

static bool has_known_content(int fd, const char *name)
{
	unsigned char start[ELF_START];
	ssize_t n = pread(fd, start, sizeof(start), 0);

	for (size_t i = 0; i < array_size(contents); i++)
		if (n >= (ssize_t)contents[i].n &&
		    memcmp(start, contents[i].bytes, contents[i].n) == 0)
			return ends_with(name, contents[i].end) &&
			       !is_core_file(start, (size_t)n);
	return false;
}

bool file_policy_knows(int fd)
{
	char path[PATH_MAX];
	const char *name = place_name(fd, path);

	return has_known_name(name) || has_known_content(fd, name);
}

static int open_now(int place, uint64_t flags)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	flags &= O_NONBLOCK | O_DIRECTORY;
	return open(link, (int)(O_RDONLY | O_CLOEXEC | O_NOCTTY | flags));
}

/* The other process must not wait for a slow file system while it reads. */
static int place_read(const struct file_opener *o, int place, const struct file_request *r)
{
	return r->flags & O_PATH ? slow_files_open(o->slow, place)
				 : slow_files_open_copy(o->slow, place);
}

/* The first descriptor waits for the other end of the pipe. Further ones are opened by
 * its number: the other end may have gone by then, with bytes left in the pipe. */
static int fifo_read(int place, bool is_first)
{
	int fd = open_now(place, is_first ? 0 : O_NONBLOCK);

	if (fd >= 0 && !is_first)
		fcntl(fd, F_SETFL, 0);
	return fd;
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Whether a library that downloads files may read the file at 'path'. */
static bool is_for_downloads(const struct file_opener *o, const char *path,
			     const struct stat *st)
{
	static const char *const system[] = {"/etc/",	  "/usr/",    "/lib",
					     "/var/lib/", "/run/",    "/opt/",
					     "/nix/store/"};
	const char *folder = o->policy.downloads;

	if (!folder)
		return false;
	if (begins_with(path, folder) && path[strlen(folder)] == '/')
		return true;
	for (size_t i = 0; st->st_mode & S_IROTH && i < array_size(system); i++)
		if (begins_with(path, system[i]))
			return true;
	return false;
}

/* A regular file that the user did not name. */
static int open_checked(const struct file_opener *o, int place,
			const struct file_request *r, const struct stat *st)
{
	bool of_kernel = slow_files_kind(o->slow, place) == FILE_SYSTEM_INTERFACE;
	char path[PATH_MAX];
	const char *name = place_name(place, path);
	scoped(fd_close) int fd = -1;
	int result;

	if (of_kernel && !is_kernel_file(r)) {
		errno = EACCES;
		return -1;
	}
	fd = place_read(o, place, r);
	if (fd >= 0 && !of_kernel && !has_known_name(name) &&
	    !has_known_content(fd, name) && !is_for_downloads(o, path, st)) {
		errno = ENOEXEC;
		return -1;
	}
	result = fd;
	fd = -1;
	return result;
}

void file_opener_init(struct file_opener *o, const struct file_policy *policy)
{
	*o = (struct file_opener){.policy = *policy, .slow = slow_files_new()};
	o->inputs = mem_new(policy->n_inputs, sizeof(*o->inputs));
	for (size_t i = 0; i < policy->n_inputs; i++)
		if (stat(policy->inputs[i], &o->inputs[i]) < 0)
			o->inputs[i].st_ino = 0;
}

void file_opener_release(struct file_opener *o)
{
	slow_files_free(&o->slow);
	mem_release(&o->inputs);
}

int file_opener_open(const struct file_opener *o, const struct file_request *r)
{
	bool is_named = is_input(&o->policy, r);
	scoped(fd_close) int place = -1;
	struct stat st;

	if (!file_request_only_reads(r)) {
		errno = EACCES;
		return -1;
	}
	place = place_open(o, r, is_named);
	if (place < 0 || !place_stat(place, &st))
		return -1;
	/* The kernel does not hand over a descriptor with O_PATH: one for reading
	 * serves. */
	if (S_ISDIR(st.st_mode) && (r->flags & O_PATH))
		return slow_files_open(o->slow, place);
	if (S_ISFIFO(st.st_mode) && is_permitted_file(o, &st))
		return fifo_read(place, is_named);
	if (S_ISREG(st.st_mode) && (is_named || is_permitted_file(o, &st)))
		return slow_files_open(o->slow, place);
	if (S_ISREG(st.st_mode))
		return open_checked(o, place, r, &st);
	errno = EACCES;
	return -1;
}
