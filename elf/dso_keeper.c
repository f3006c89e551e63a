#include "elf/dso_keeper.h"

#include "base/fd.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/thread/mutex.h"
#include "elf/elf_file.h"
#include "elf/fd_cache.h"
#include "elf/path_open.h"
#include "elf/process_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct dso_keeper {
	pthread_mutex_t lock; /* never held while a file is opened */
	struct fd_cache files;
	size_t missed;
};

/* The places where a file that was just mapped is searched, in this order. */
enum file_place {
	PLACE_MAPPING, /* the mapped file, deleted or not; needs CAP_CHECKPOINT_RESTORE */
	PLACE_ROOT,    /* the path as the process sees it */
	PLACE_PROGRAM,
	PLACE_HOST, /* the path in our root */
	PLACES,
};

/* Enlarges the table of descriptors now: when other threads run, the kernel makes a
 * process wait for an RCU grace period each time that the table grows. */
static void descriptor_table_enlarge(size_t most)
{
	int first = open("/", O_PATH | O_CLOEXEC);
	int last = fcntl(first, F_DUPFD_CLOEXEC, first + narrow_int(most));

	fd_close(&last);
	fd_close(&first);
}

struct dso_keeper *dso_keeper_new(size_t most)
{
	struct dso_keeper *k = mem_new(1, sizeof(*k));

	descriptor_table_enlarge(most);
	mutex_init(&k->lock);
	fd_cache_init(&k->files, most);
	return k;
}

void dso_keeper_free(struct dso_keeper **k)
{
	if (!*k)
		return;
	fd_cache_release(&(*k)->files);
	pthread_mutex_destroy(&(*k)->lock);
	mem_free(*k);
	*k = NULL;
}

static enum dso_trouble trouble_of_errno(void)
{
	return errno == EACCES || errno == EPERM ? DSO_DENIED : DSO_GONE;
}

static bool file_has_inode(int fd, const struct stat *st, const struct dso *dso)
{
	long version = 0; /* the kernel stores an int */
	uint32_t generation;

	if (major(st->st_dev) != dso->major || minor(st->st_dev) != dso->minor ||
	    st->st_ino != dso->inode)
		return false;
	/* Inode numbers are reused soon; the generation differs then, but few file
	 * systems have one. */
	if (!dso->generation || ioctl(fd, FS_IOC_GETVERSION, &version) < 0)
		return true;
	memcpy(&generation, &version, sizeof(generation));
	return generation == (uint32_t)dso->generation;
}

/* Opens the found file 'at' for reading, if it is the dso's file. */
static enum dso_trouble open_if_same(int at, const struct stat *st, const struct dso *dso,
				     int *opened)
{
	int fd = path_read(at);

	if (fd < 0)
		return trouble_of_errno();
	if (dso->build_id.size ? !elf_file_has_build_id(fd, &dso->build_id)
			       : !file_has_inode(fd, st, dso)) {
		close(fd);
		return DSO_REPLACED;
	}
	*opened = fd;
	return DSO_NO_TROUBLE;
}

static int open_root(uint32_t pid)
{
	char root[64];

	snprintf(root, sizeof(root), "/proc/%u/root", pid);
	return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int open_program(uint32_t pid)
{
	char exe[64];

	snprintf(exe, sizeof(exe), "/proc/%u/exe", pid);
	return open(exe, O_PATH | O_CLOEXEC);
}

static int open_cached(int root, const char *path, uint64_t resolve)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = resolve | RESOLVE_CACHED};

	if (*path != '/') {
		errno = ENOENT;
		return -1;
	}
	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Opens the file at a path in the process's root; -1: ours. */
static enum dso_trouble open_at_path(const struct dso *dso, const char *path, int root,
				     int *opened)
{
	enum path_links links = root < 0 ? LINKS_ALL : LINKS_IN_ROOT;
	struct stat st;
	scoped(fd_close) int at = *path == '/' ? path_find(root, path, links, &st) : -1;

	if (*path != '/')
		return DSO_GONE;
	return at < 0 ? trouble_of_errno() : open_if_same(at, &st, dso, opened);
}

static enum dso_trouble open_exe(const struct dso *dso, int *opened)
{
	scoped(fd_close) int at = open_program(dso->pid);
	struct stat st;

	return at < 0 || !path_check(at, &st) ? DSO_GONE
					      : open_if_same(at, &st, dso, opened);
}

/* Opens the file at its path in the root of its process, which is ours if the process is
 * gone: then only the file's identity counts. The path in our root of a file of another
 * root means nothing. */
static enum dso_trouble open_in_root(const struct dso *dso, const char *path,
				     const struct process_root *root, int *opened)
{
	return open_at_path(dso, process_root_path(root, path), root->fd, opened);
}

/* Opens the file that the keeper keeps. */
static enum dso_trouble open_kept(struct dso_keeper *k, const struct dso *dso,
				  int *opened)
{
	enum dso_trouble why = DSO_GONE;
	const struct fd_cache_entry *file;
	struct timespec changed = {0};
	scoped(fd_close) int at = -1;
	struct stat st;

	pthread_mutex_lock(&k->lock);
	file = fd_cache_find(&k->files, dso);
	if (file) {
		why = file->why;
		changed = file->changed;
		at = file->fd < 0 ? -1 : fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	}
	pthread_mutex_unlock(&k->lock);
	if (at < 0)
		return why;
	if (!path_check(at, &st))
		return DSO_GONE;
	if (!dso->build_id.size && (st.st_mtim.tv_sec != changed.tv_sec ||
				    st.st_mtim.tv_nsec != changed.tv_nsec))
		return DSO_REPLACED;
	return open_if_same(at, &st, dso, opened);
}

/* Opens the file at its path, or at its path before it was deleted. */
static enum dso_trouble open_by_path(const struct dso *dso, const char *path,
				     const struct process_root *root, int *opened)
{
	static const char deleted[] = " (deleted)";
	size_t len = strlen(path), cut = sizeof(deleted) - 1;
	enum dso_trouble why = open_in_root(dso, path, root, opened), other;
	char before[PATH_MAX];

	if (!why || len <= cut || len - cut >= sizeof(before) ||
	    strcmp(path + len - cut, deleted) != 0)
		return why;
	memcpy(before, path, len - cut);
	before[len - cut] = '\0';
	other = open_in_root(dso, before, root, opened);
	return !other || other > why ? other : why;
}

static int open_anywhere(struct dso_keeper *k, const struct dso *dso, const char *path,
			 bool is_live, enum dso_trouble *why)
{
	scoped(process_root_close) struct process_root root = process_root_none();
	enum dso_trouble other;
	int fd = -1;

	*why = DSO_UNVERIFIED;
	if (!dso->build_id.size && !dso->inode)
		return -1;
	*why = k ? open_kept(k, dso, &fd) : DSO_GONE;
	if (!*why)
		return fd;
	/* The inode was written to: other paths to it lead to the same content. */
	if (*why == DSO_REPLACED && !dso->build_id.size)
		return -1;
	if (is_live)
		root = process_root_open(dso->pid);
	other = open_by_path(dso, path, &root, &fd);
	if (!other || (root.kind != ROOT_UNKNOWN && !open_exe(dso, &fd)))
		return fd;
	*why = other > *why ? other : *why;
	return -1;
}

int dso_keeper_open(struct dso_keeper *k, const struct dso *dso, const char *path,
		    bool is_live, enum dso_trouble *why)
{
	int fd = open_anywhere(k, dso, path, is_live, why);

	if (k && fd < 0 && *why == DSO_GONE) {
		pthread_mutex_lock(&k->lock);
		k->missed++;
		pthread_mutex_unlock(&k->lock);
	}
	return fd;
}

struct build_id dso_keeper_build_id(struct dso_keeper *k, const struct dso *dso)
{
	struct build_id id = dso->build_id;
	const struct fd_cache_entry *file;

	pthread_mutex_lock(&k->lock);
	file = fd_cache_find(&k->files, dso);
	if (file && !id.size)
		id = file->identity.build_id;
	pthread_mutex_unlock(&k->lock);
	return id;
}

size_t dso_keeper_missed(const struct dso_keeper *k)
{
	return k->missed;
}

static int place_open(enum file_place place, const struct event *ev)
{
	const struct event_mmap *m = &ev->mmap;
	scoped(fd_close) int root = -1;
	char path[96];

	switch (place) {
	case PLACE_MAPPING:
		snprintf(path, sizeof(path), "/proc/%u/map_files/%llx-%llx", ev->pid,
			 (unsigned long long)m->addr,
			 (unsigned long long)(m->addr + m->len));
		return open(path, O_PATH | O_CLOEXEC);
	case PLACE_ROOT:
		root = open_root(ev->pid);
		return root < 0 ? -1 : open_cached(root, m->path, RESOLVE_IN_ROOT);
	case PLACE_PROGRAM:
		return open_program(ev->pid);
	case PLACE_HOST:
		return open_cached(AT_FDCWD, m->path, RESOLVE_NO_MAGICLINKS);
	case PLACES:
		break;
	}
	return -1;
}

/* The kernel's records name the device of the file system below an overlay, or of a whole
 * btrfs; statx(2) names that of the overlay or the subvolume. */
static bool has_two_devices(int at)
{
	struct statfs fs;

	return fstatfs(at, &fs) == 0 &&
	       (fs.f_type == OVERLAYFS_SUPER_MAGIC || fs.f_type == BTRFS_SUPER_MAGIC);
}

/* Checks without reading the file whether it can be the dso's; sets *changed to its last
 * change. */
static enum dso_trouble mapped_file_check(int at, const struct dso *dso,
					  struct timespec *changed)
{
	struct statx st;

	if (statx(at, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_TYPE | STATX_INO | STATX_MTIME, &st) < 0 ||
	    !S_ISREG(st.stx_mode))
		return DSO_GONE;
	*changed = (struct timespec){st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec};
	if (!dso->inode)
		return DSO_NO_TROUBLE;
	if (st.stx_ino == dso->inode &&
	    ((st.stx_dev_major == dso->major && st.stx_dev_minor == dso->minor) ||
	     has_two_devices(at)))
		return DSO_NO_TROUBLE;
	return DSO_REPLACED;
}

/* Opens the mapped file with O_PATH: this keeps the file, but calls no file system or
 * device driver. */
static struct fd_cache_entry mapped_file_open(const struct dso *dso,
					      const struct event *ev)
{
	struct fd_cache_entry file = {.fd = -1, .why = DSO_GONE};

	for (enum file_place place = 0; place < PLACES && file.fd < 0; place++) {
		enum dso_trouble why;

		/* The other places are guesses, and a build id cannot confirm them
		 * without reading. */
		if (place > PLACE_ROOT && !dso->inode)
			break;
		file.fd = place_open(place, ev);
		why = file.fd < 0 ? trouble_of_errno()
				  : mapped_file_check(file.fd, dso, &file.changed);
		if (place == PLACE_ROOT)
			file.why = why;
		if (why)
			fd_close(&file.fd);
	}
	return file;
}

/* Sets *dso to the identity of a mapped file. Returns false for other events, or if the
 * event has no identity. */
static bool mapped_file_identity(const struct event *ev, struct dso *dso)
{
	const struct event_mmap *m = &ev->mmap;

	if (ev->kind != EVENT_MMAP || !m->is_exec || !ev->pid || ev->pid > INT_MAX ||
	    dso_kind_of(m->path, m->is_kernel) != DSO_FILE)
		return false;
	*dso = (struct dso){.build_id = m->build_id,
			    .major = m->major,
			    .minor = m->minor,
			    .inode = m->inode,
			    .generation = m->generation};
	return m->build_id.size || m->inode;
}

void dso_keeper_saw(struct dso_keeper *k, const struct event *ev)
{
	struct fd_cache_entry *file, got;
	struct dso dso;
	bool is_held;

	if (!mapped_file_identity(ev, &dso))
		return;
	pthread_mutex_lock(&k->lock);
	file = fd_cache_find(&k->files, &dso);
	is_held = file && file->fd >= 0;
	pthread_mutex_unlock(&k->lock);
	if (is_held)
		return;
	got = mapped_file_open(&dso, ev);
	pthread_mutex_lock(&k->lock);
	file = fd_cache_find(&k->files, &dso);
	if (!file)
		file = fd_cache_add(&k->files, &dso);
	/* Another thread may have added the file meanwhile. */
	if (file->fd < 0) {
		file->fd = got.fd;
		file->why = got.why;
		file->changed = got.changed;
		got.fd = -1;
	}
	pthread_mutex_unlock(&k->lock);
	fd_close(&got.fd);
}
