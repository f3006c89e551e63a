#include "elf/dso_keeper.h"

#include "base/fd.h"
#include "base/mutex.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "elf/elf_file.h"
#include "elf/fd_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_SIZE ((off_t)4 << 30)

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

static bool file_has_build_id(int fd, const struct build_id *want)
{
	struct error ignored;
	scoped(elf_file_close) struct elf_file *f = elf_file_open(fd, &ignored);
	struct build_id id;

	return f && elf_file_build_id(f, &id) && build_id_same(&id, want);
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

/* Opens the file of the O_PATH descriptor 'at' for reading, if it is the dso's file;
 * without a dso (NULL), if it is a regular file. */
static enum dso_trouble open_if_same(int at, const struct dso *dso, int *opened)
{
	char self[64];
	struct stat st;
	int fd;

	/* Opening a device for reading may have effects. */
	if (fstat(at, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > MAX_SIZE)
		return DSO_GONE;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	fd = open(self, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return trouble_of_errno();
	if (dso && (dso->build_id.size ? !file_has_build_id(fd, &dso->build_id)
				       : !file_has_inode(fd, &st, dso))) {
		close(fd);
		return DSO_REPLACED;
	}
	*opened = fd;
	return DSO_NO_TROUBLE;
}

int dso_keeper_open_root(uint32_t pid)
{
	char root[64];

	if (!pid || pid > INT_MAX)
		return -1;
	snprintf(root, sizeof(root), "/proc/%u/root", pid);
	return open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int open_program(uint32_t pid)
{
	char exe[64];

	snprintf(exe, sizeof(exe), "/proc/%u/exe", pid);
	return open(exe, O_PATH | O_CLOEXEC);
}

/* With RESOLVE_IN_ROOT a symbolic link cannot lead out of the root. */
static int open_path(int root, const char *path, uint64_t resolve)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = resolve};

	if (*path != '/') {
		errno = ENOENT;
		return -1;
	}
	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static enum dso_trouble open_in_our_root(const struct dso *dso, const char *path,
					 int *opened)
{
	scoped(fd_close) int at = *path == '/' ? open(path, O_PATH | O_CLOEXEC) : -1;

	if (*path != '/')
		return DSO_GONE;
	return at < 0 ? trouble_of_errno() : open_if_same(at, dso, opened);
}

static enum dso_trouble open_in_root(const struct dso *dso, const char *path, int root,
				     int *opened)
{
	scoped(fd_close) int at = open_path(root, path, RESOLVE_IN_ROOT);

	return at < 0 ? trouble_of_errno() : open_if_same(at, dso, opened);
}

static enum dso_trouble open_exe(const struct dso *dso, int *opened)
{
	scoped(fd_close) int at = open_program(dso->pid);

	return at < 0 ? DSO_GONE : open_if_same(at, dso, opened);
}

/* Tries one path in the process's root and in ours; returns true if the file is open. */
static bool open_in_roots(const struct dso *dso, const char *path, int root,
			  enum dso_trouble *worst, int *opened)
{
	enum dso_trouble why;

	if (root >= 0) {
		why = open_in_root(dso, path, root, opened);
		if (!why)
			return true;
		*worst = why > *worst ? why : *worst;
	}
	why = open_in_our_root(dso, path, opened);
	/* A file in our root proves nothing about the path in another root. */
	if (root < 0 && why > *worst)
		*worst = why;
	return !why;
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
	if (!dso->build_id.size &&
	    (fstat(at, &st) < 0 || st.st_mtim.tv_sec != changed.tv_sec ||
	     st.st_mtim.tv_nsec != changed.tv_nsec))
		return DSO_REPLACED;
	return open_if_same(at, dso, opened);
}

static int open_anywhere(struct dso_keeper *k, const struct dso *dso, const char *path,
			 bool is_live, enum dso_trouble *why)
{
	static const char deleted[] = " (deleted)";
	size_t len = strlen(path), cut = sizeof(deleted) - 1;
	scoped(fd_close) int root = -1;
	char before[PATH_MAX];
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
		root = dso_keeper_open_root(dso->pid);
	if (open_in_roots(dso, path, root, why, &fd))
		return fd;
	if (root >= 0 && !open_exe(dso, &fd))
		return fd;
	if (len <= cut || len - cut >= sizeof(before) ||
	    strcmp(path + len - cut, deleted) != 0)
		return -1;
	memcpy(before, path, len - cut);
	before[len - cut] = '\0';
	return open_in_roots(dso, before, root, why, &fd) ? fd : -1;
}

int dso_keeper_open_at(int root, const char *path, const struct build_id *id,
		       enum dso_trouble *why)
{
	const struct dso wanted = {.build_id = *id};
	const struct dso *dso = id->size ? &wanted : NULL;
	int fd = -1;

	*why = root >= 0 ? open_in_root(dso, path, root, &fd)
			 : open_in_our_root(dso, path, &fd);
	return fd;
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
		root = dso_keeper_open_root(ev->pid);
		return root < 0 ? -1
				: open_path(root, m->path,
					    RESOLVE_IN_ROOT | RESOLVE_CACHED);
	case PLACE_PROGRAM:
		return open_program(ev->pid);
	case PLACE_HOST:
		return open_path(AT_FDCWD, m->path, RESOLVE_CACHED);
	case PLACES:
		break;
	}
	return -1;
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
	if (dso->build_id.size ||
	    (st.stx_dev_major == dso->major && st.stx_dev_minor == dso->minor &&
	     st.stx_ino == dso->inode))
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
		if (place > PLACE_ROOT && dso->build_id.size)
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
