#include "base/thread/slow_files.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "base/thread/mutex.h"
#include "base/thread/slow_helper.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	PATIENCE_MS = 2000,
	COPY_PATIENCE_MS = 10000,
	LATE_MS = 1000,
	LATE_MAX = 5,
};

struct slow_device {
	dev_t dev;
	bool has_kind;
	enum file_system_kind kind;
	unsigned n_late; /* answers */
};

struct slow_files {
	pthread_mutex_t lock;
	bool is_retired, is_served;
	int helper; /* a socket, -1: none */
	VEC(struct slow_device) devices;
};

/* Those without a name in older headers: ceph, CIFS and SMB, Lustre; configfs, fusectl,
 * mqueue, resctrl, nfsd. */
static const struct {
	unsigned long magic;
	enum file_system_kind kind;
} file_systems[] = {
	{FUSE_SUPER_MAGIC, FILE_SYSTEM_REMOTE},
	{NFS_SUPER_MAGIC, FILE_SYSTEM_REMOTE},
	{V9FS_MAGIC, FILE_SYSTEM_REMOTE},
	{AFS_SUPER_MAGIC, FILE_SYSTEM_REMOTE},
	{AFS_FS_MAGIC, FILE_SYSTEM_REMOTE},
	{CODA_SUPER_MAGIC, FILE_SYSTEM_REMOTE},
	{AUTOFS_SUPER_MAGIC, FILE_SYSTEM_REMOTE},
	{0x00c36400, FILE_SYSTEM_REMOTE},
	{0xff534d42, FILE_SYSTEM_REMOTE},
	{0xfe534d42, FILE_SYSTEM_REMOTE},
	{0x517b, FILE_SYSTEM_REMOTE},
	{0x0bd00bd0, FILE_SYSTEM_REMOTE},
	{PROC_SUPER_MAGIC, FILE_SYSTEM_INTERFACE},
	{SYSFS_MAGIC, FILE_SYSTEM_INTERFACE},
	{DEBUGFS_MAGIC, FILE_SYSTEM_INTERFACE},
	{TRACEFS_MAGIC, FILE_SYSTEM_INTERFACE},
	{SECURITYFS_MAGIC, FILE_SYSTEM_INTERFACE},
	{CGROUP_SUPER_MAGIC, FILE_SYSTEM_INTERFACE},
	{CGROUP2_SUPER_MAGIC, FILE_SYSTEM_INTERFACE},
	{DEVPTS_SUPER_MAGIC, FILE_SYSTEM_INTERFACE},
	{BPF_FS_MAGIC, FILE_SYSTEM_INTERFACE},
	{EFIVARFS_MAGIC, FILE_SYSTEM_INTERFACE},
	{SELINUX_MAGIC, FILE_SYSTEM_INTERFACE},
	{SMACK_MAGIC, FILE_SYSTEM_INTERFACE},
	{PSTOREFS_MAGIC, FILE_SYSTEM_INTERFACE},
	{BINFMTFS_MAGIC, FILE_SYSTEM_INTERFACE},
	{NSFS_MAGIC, FILE_SYSTEM_INTERFACE},
	{0x62656570, FILE_SYSTEM_INTERFACE},
	{0x65735543, FILE_SYSTEM_INTERFACE},
	{0x19800202, FILE_SYSTEM_INTERFACE},
	{0x7655821, FILE_SYSTEM_INTERFACE},
	{0x6e667364, FILE_SYSTEM_INTERFACE},
};

struct slow_files *slow_files_new(void)
{
	struct slow_files *s = mem_new(1, sizeof(*s));

	mutex_init(&s->lock);
	s->helper = -1;
	return s;
}

void slow_files_free(struct slow_files **at)
{
	struct slow_files *s = *at;

	if (!s)
		return;
	fd_close(&s->helper);
	vec_release(&s->devices);
	pthread_mutex_destroy(&s->lock);
	mem_free(s);
	*at = NULL;
}

void slow_files_retire(struct slow_files *s, bool is_served)
{
	if (!s)
		return;
	fd_close(&s->helper);
	s->is_retired = true;
	s->is_served = is_served;
}

static bool waits_itself(const struct slow_files *s)
{
	return !s || s->is_retired;
}

static bool device_of(int at, dev_t *dev)
{
	struct statx st;

	if (statx(at, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0)
		return false;
	*dev = makedev(st.stx_dev_major, st.stx_dev_minor);
	return true;
}

static struct slow_device *device_get(struct slow_files *s, dev_t dev)
{
	struct slow_device *device;

	vec_each(device, &s->devices)
		if (device->dev == dev)
			return device;
	vec_push(&s->devices, (struct slow_device){.dev = dev});
	return vec_last(&s->devices);
}

/* Waits for the answer. Returns false if there is none in time. */
static bool answer_wait(const struct slow_files *s, struct slow_device *device,
			int patience)
{
	struct pollfd ready = {.fd = s->helper, .events = POLLIN};
	uint64_t began = clock_now(), ms = 0;
	int got;

	do {
		got = poll(&ready, 1, patience - (int)ms);
		ms = (clock_now() - began) / 1000000;
	} while (got < 0 && errno == EINTR && ms < (uint64_t)patience);
	if (got > 0 && patience == PATIENCE_MS && ms > LATE_MS)
		device->n_late++;
	return got > 0 && device->n_late <= LATE_MAX;
}

/* A link on a local file system may lead to one that hangs. */
static void device_is_late(struct slow_device *device)
{
	if (device->has_kind && device->kind != FILE_SYSTEM_REMOTE) {
		device->n_late++;
		return;
	}
	device->kind = FILE_SYSTEM_HUNG;
	device->has_kind = true;
}

/* Has the helper do its work for a file on a device. Returns false with errno. */
static bool helper_ask(struct slow_files *s, struct slow_device *device,
		       const struct slow_question *q, struct slow_answer *answer)
{
	int patience = q->kind == SLOW_COPY ? COPY_PATIENCE_MS : PATIENCE_MS;

	errno = ETIMEDOUT;
	if (device->kind == FILE_SYSTEM_HUNG || device->n_late > LATE_MAX)
		return false;
	if (s->helper < 0)
		s->helper = slow_helper_start();
	if (s->helper < 0 || !slow_question_send(s->helper, q)) {
		fd_close(&s->helper);
		errno = EIO;
		return false;
	}
	if (!answer_wait(s, device, patience)) {
		/* The helper ends when its call returns and its socket is closed. */
		fd_close(&s->helper);
		device_is_late(device);
		errno = ETIMEDOUT;
		return false;
	}
	if (!slow_answer_receive(s->helper, answer)) {
		fd_close(&s->helper);
		errno = EIO;
		return false;
	}
	errno = answer->error;
	/* The kernel drops descriptors that this process has no room for. */
	if (!errno && answer->fd < 0 && (q->kind == SLOW_FIND || q->kind == SLOW_OPEN))
		errno = EMFILE;
	return !errno;
}

/* The same for the file of a descriptor. Returns the descriptor of the answer. */
static int ask_about(struct slow_files *s, dev_t dev, const struct slow_question *q)
{
	struct slow_answer answer = {.fd = -1};
	bool is_done;

	pthread_mutex_lock(&s->lock);
	is_done = helper_ask(s, device_get(s, dev), q, &answer);
	pthread_mutex_unlock(&s->lock);
	return is_done ? answer.fd : -1;
}

static enum file_system_kind kind_of(unsigned long magic)
{
	for (size_t i = 0; i < array_size(file_systems); i++)
		if (file_systems[i].magic == magic)
			return file_systems[i].kind;
	return FILE_SYSTEM_LOCAL;
}

static enum file_system_kind kind_now(int at)
{
	struct statfs fs;

	return fstatfs(at, &fs) < 0 ? FILE_SYSTEM_INTERFACE
				    : kind_of((unsigned long)fs.f_type);
}

static enum file_system_kind kind_ask(struct slow_files *s, int at, dev_t dev)
{
	const struct slow_question q = {.kind = SLOW_KIND, .at = at, .copy = -1};
	struct slow_device *device = device_get(s, dev);
	struct slow_answer answer;

	if (device->has_kind)
		return device->kind;
	if (helper_ask(s, device, &q, &answer)) {
		device->has_kind = true;
		device->kind = kind_of((unsigned long)answer.magic);
	} else if (!device->has_kind) {
		return FILE_SYSTEM_INTERFACE;
	}
	return device->kind;
}

enum file_system_kind slow_files_kind(struct slow_files *s, int at)
{
	enum file_system_kind kind;
	dev_t dev;

	if (waits_itself(s))
		return s && s->is_served ? FILE_SYSTEM_LOCAL : kind_now(at);
	if (!device_of(at, &dev))
		return FILE_SYSTEM_HUNG;
	pthread_mutex_lock(&s->lock);
	kind = kind_ask(s, at, dev);
	pthread_mutex_unlock(&s->lock);
	return kind;
}

static int find_now(int folder, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC | flags, .resolve = resolve};

	return (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

/* Finds the last folder in the path that the kernel knows without asking a file system:
 * this one will be asked. */
static int find_known(int folder, const char *path, uint64_t resolve)
{
	int at = find_now(folder, *path == '/' ? "/" : ".", 0, RESOLVE_CACHED);

	for (const char *end = path; at >= 0 && (end = strchr(end + 1, '/'));) {
		scoped(mem_release) char *part = mem_str(path, (size_t)(end - path));
		int next = find_now(folder, part, 0, resolve | RESOLVE_CACHED);

		if (next < 0)
			break;
		close(at);
		at = next;
	}
	return at;
}

int slow_files_find(struct slow_files *s, int folder, const char *path, uint64_t flags,
		    uint64_t resolve)
{
	const struct slow_question q = {.kind = SLOW_FIND,
					.at = folder == AT_FDCWD ? -1 : folder,
					.copy = -1,
					.path = path,
					.flags = flags,
					.resolve = resolve};
	scoped(fd_close) int known = -1;
	enum file_system_kind kind;
	dev_t dev;
	int at;

	if (waits_itself(s))
		return find_now(folder, path, flags, resolve);
	at = find_now(folder, path, flags, resolve | RESOLVE_CACHED);
	if (at >= 0 || errno != EAGAIN)
		return at;
	known = find_known(folder, path, resolve);
	if (known < 0 || !device_of(known, &dev))
		return find_now(folder, path, flags, resolve);
	kind = slow_files_kind(s, known);
	/* Mount points are always known, so only a link leads to another file system. */
	if (kind == FILE_SYSTEM_INTERFACE ||
	    (kind == FILE_SYSTEM_LOCAL &&
	     resolve & (RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH)))
		return find_now(folder, path, flags, resolve);
	return ask_about(s, dev, &q);
}

static int open_now(int at)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	return open(self, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static bool is_remote(struct slow_files *s, int at, dev_t *dev)
{
	return !waits_itself(s) && slow_files_kind(s, at) >= FILE_SYSTEM_REMOTE &&
	       device_of(at, dev);
}

int slow_files_open(struct slow_files *s, int at)
{
	const struct slow_question q = {.kind = SLOW_OPEN, .at = at, .copy = -1};
	dev_t dev;

	return is_remote(s, at, &dev) ? ask_about(s, dev, &q) : open_now(at);
}

int slow_files_open_copy(struct slow_files *s, int at)
{
	struct slow_question q = {.kind = SLOW_COPY, .at = at};
	scoped(fd_close) int copy = -1;
	struct slow_answer answer;
	int result = -1;
	dev_t dev;

	if (!is_remote(s, at, &dev))
		return open_now(at);
	q.copy = copy = memfd_create("flame-copy", MFD_CLOEXEC);
	if (copy < 0)
		return -1;
	pthread_mutex_lock(&s->lock);
	if (helper_ask(s, device_get(s, dev), &q, &answer)) {
		result = copy;
		copy = -1;
	}
	pthread_mutex_unlock(&s->lock);
	return result;
}

/* Finds the file, or the folder that it will be in. */
static int find_place(struct slow_files *s, const char *path)
{
	scoped(mem_release) char *folder = mem_str(path, strlen(path));
	char *slash = strrchr(folder, '/');
	int at = slow_files_find(s, AT_FDCWD, path, 0, 0);

	if (at >= 0 || errno == ETIMEDOUT)
		return at;
	if (slash)
		slash[slash == folder] = '\0';
	return slow_files_find(s, AT_FDCWD, slash ? folder : ".", 0, 0);
}

bool slow_files_answer_at(const char *path)
{
	struct slow_files *s = slow_files_new();
	scoped(fd_close) int at = find_place(s, path);
	scoped(fd_close) int fd = -1;
	bool is_hung = at < 0 && errno == ETIMEDOUT;

	if (at >= 0 && slow_files_kind(s, at) >= FILE_SYSTEM_REMOTE) {
		fd = slow_files_open(s, at);
		is_hung = fd < 0 && errno == ETIMEDOUT;
	}
	slow_files_free(&s);
	return !is_hung;
}
