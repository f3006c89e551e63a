#include "elf/keep/mapped_file.h"

#include "base/fd.h"
#include "base/scoped.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

/* The places where a file that was just mapped is searched, in this order. */
enum file_place {
	PLACE_MAPPING, /* the mapped file, deleted or not; needs CAP_CHECKPOINT_RESTORE */
	PLACE_ROOT,    /* the path as the process sees it */
	PLACE_PROGRAM,
	PLACE_HOST, /* the path in our root */
	PLACES,
};

static int open_of_process(uint32_t pid, const char *name, int flags)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	return open(path, flags | O_PATH | O_CLOEXEC);
}

/* The path must be in the kernel's cache. */
static int open_cached(int root, const char *path, uint64_t resolve)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = resolve | RESOLVE_CACHED};

	if (*path == '/')
		return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	errno = ENOENT;
	return -1;
}

static int place_open(enum file_place place, const struct event *ev)
{
	const struct event_mmap *m = &ev->mmap;
	scoped(fd_close) int root = -1;
	char name[64];

	switch (place) {
	case PLACE_MAPPING:
		snprintf(name, sizeof(name), "map_files/%llx-%llx",
			 (unsigned long long)m->addr,
			 (unsigned long long)(m->addr + m->len));
		return open_of_process(ev->pid, name, 0);
	case PLACE_ROOT:
		root = open_of_process(ev->pid, "root", O_DIRECTORY);
		return root < 0 ? -1 : open_cached(root, m->path, RESOLVE_IN_ROOT);
	case PLACE_PROGRAM:
		return open_of_process(ev->pid, "exe", 0);
	case PLACE_HOST:
		return open_cached(AT_FDCWD, m->path, 0);
	case PLACES:
		break;
	}
	return -1;
}

bool mapped_file_has_two_devices(int at)
{
	struct statfs fs;

	return fstatfs(at, &fs) == 0 &&
	       (fs.f_type == OVERLAYFS_SUPER_MAGIC || fs.f_type == BTRFS_SUPER_MAGIC);
}

static bool file_stat(int at, struct statx *st)
{
	return statx(at, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		     STATX_TYPE | STATX_INO | STATX_MTIME | STATX_SIZE, st) == 0 &&
	       S_ISREG(st->stx_mode);
}

static void stat_store(const struct statx *st, struct mapped_file *file)
{
	file->changed = (struct timespec){st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec};
	file->size = st->stx_size;
}

bool mapped_file_stat(int at, struct mapped_file *file)
{
	struct statx st;

	if (!file_stat(at, &st))
		return false;
	stat_store(&st, file);
	return true;
}

/* An overlay of several file systems may even have inode numbers of its own. At the
 * address of the mapping is no other file, unless the process has mapped one since. */
static bool is_of_dso(int at, const struct dso *dso, const struct statx *st,
		      enum file_place place)
{
	struct statfs fs;

	if (!dso->inode)
		return true;
	if (st->stx_ino != dso->inode)
		return place == PLACE_MAPPING && fstatfs(at, &fs) == 0 &&
		       fs.f_type == OVERLAYFS_SUPER_MAGIC;
	return (st->stx_dev_major == dso->major && st->stx_dev_minor == dso->minor) ||
	       mapped_file_has_two_devices(at);
}

enum dso_trouble mapped_file_trouble(int error)
{
	if (error == EMFILE || error == ENFILE)
		return DSO_NO_ROOM;
	if (error == ETIMEDOUT)
		return DSO_HUNG;
	return error == EACCES || error == EPERM ? DSO_DENIED : DSO_GONE;
}

struct mapped_file mapped_file_open(const struct dso *dso, const struct event *ev)
{
	struct mapped_file file = {.fd = -1, .why = DSO_GONE};

	for (enum file_place place = 0; place < PLACES && file.fd < 0; place++) {
		enum dso_trouble why = DSO_NO_TROUBLE;
		struct statx st;

		/* The other places are guesses, and a build id cannot confirm them
		 * without reading. */
		if (place > PLACE_ROOT && !dso->inode)
			break;
		file.fd = place_open(place, ev);
		if (file.fd < 0)
			why = mapped_file_trouble(errno);
		else if (!file_stat(file.fd, &st))
			why = DSO_GONE;
		else if (!is_of_dso(file.fd, dso, &st, place))
			why = DSO_REPLACED;
		else
			stat_store(&st, &file);
		if (place == PLACE_ROOT || !why)
			file.why = why;
		if (why)
			fd_close(&file.fd);
	}
	return file;
}

bool mapped_file_identity(const struct event *ev, struct dso *dso)
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

bool mapped_file_process_lives(uint32_t pid)
{
	char path[64];
	const struct dirent *entry;
	bool lives = false;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	tasks = opendir(path);
	snprintf(path, sizeof(path), "%u", pid);
	/* The first thread stays until the parent has seen its end. */
	while (tasks && !lives && (entry = readdir(tasks)))
		lives = *entry->d_name != '.' && strcmp(entry->d_name, path) != 0;
	if (tasks)
		closedir(tasks);
	return lives;
}

/* Whether the process maps the file anywhere as code; also if that is unknown. */
static bool is_in_maps(uint32_t pid, const struct dso *dso)
{
	char line[PATH_MAX + 128];
	bool is_found = false;
	FILE *f;

	snprintf(line, sizeof(line), "/proc/%u/maps", pid);
	f = fopen(line, "re");
	if (!f)
		return errno != ENOENT;
	while (!is_found && fgets(line, sizeof(line), f)) {
		unsigned major, minor;
		uint64_t inode;
		char perms[8];

		is_found = sscanf(line, "%*x-%*x %7s %*x %x:%x %" SCNu64, perms, &major,
				  &minor, &inode) == 4 &&
			   perms[2] == 'x' && inode == dso->inode &&
			   major == dso->major && minor == dso->minor;
	}
	fclose(f);
	return is_found;
}

void mapped_file_look(struct mapping_check *check)
{
	char path[96];
	struct stat st;

	if (kill((pid_t)check->pid, 0) < 0 && errno == ESRCH) {
		check->is_process_gone = true;
		return;
	}
	if (!check->len)
		return;
	snprintf(path, sizeof(path), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64,
		 check->pid, check->addr, check->addr + check->len);
	/* Mappings are also split and joined. */
	check->is_gone = lstat(path, &st) < 0 && errno == ENOENT &&
			 !is_in_maps(check->pid, &check->dso);
}
