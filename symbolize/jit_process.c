#include "symbolize/jit_process.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/scoped.h"
#include "elf/path_open.h"
#include "model/dso.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND ((uint64_t)1000000000)

/* Ticks, and times of files, are not exact. But a container that starts again has the
 * pids and files of its last life. */
#define START_TOLERANCE (SECOND / 10)
#define END_TOLERANCE	(SECOND / 100)

enum {
	STAT_PARENT = 4, /* fields of /proc/PID/stat, as proc(5) counts them */
	STAT_START = 22,
	STAT_CODE = 26,
	STAT_STACK = 28,
};

static bool read_file(uint32_t pid, const char *name, char *text, size_t size)
{
	scoped(fd_close) int fd = -1;
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

static uint64_t ns_of_ticks(uint64_t ticks)
{
	uint64_t hz = (uint64_t)sysconf(_SC_CLK_TCK);

	return ticks / hz * SECOND + ticks % hz * SECOND / hz;
}

static bool read_stat(struct jit_process *p)
{
	char text[1024], *at;

	if (!read_file(p->pid, "stat", text, sizeof(text)))
		return false;
	/* The second field is the program's name in parentheses, which may contain any
	 * byte. */
	at = strrchr(text, ')');
	for (int field = 2; at && field <= STAT_STACK; field++) {
		uint64_t value = strtoull(at + 1, NULL, 10);

		if (field == STAT_PARENT)
			p->parent = (uint32_t)value;
		else if (field == STAT_START)
			p->start = ns_of_ticks(value);
		else if (field == STAT_CODE)
			p->code = value;
		else if (field == STAT_STACK)
			p->stack = value;
		at = strchr(at + 1, ' ');
	}
	return at;
}

static bool read_status(struct jit_process *p)
{
	char text[4096], *uid, *pids, *end;

	if (!read_file(p->pid, "status", text, sizeof(text)))
		return false;
	uid = strstr(text, "\nUid:");
	pids = strstr(text, "\nNSpid:");
	if (!uid || !pids || sscanf(uid, "\nUid:%*u%" SCNu32, &p->uid) != 1)
		return false;
	end = strchr(pids + 1, '\n');
	if (!end)
		return false;
	/* One pid for each of its namespaces; the last one is its own. */
	*end = '\0';
	return sscanf(strrchr(pids, '\t'), "%" SCNu32, &p->inner) == 1;
}

bool jit_process_read(struct jit_process *p, uint32_t pid)
{
	*p = (struct jit_process){.pid = pid};
	return pid && pid <= INT_MAX && read_stat(p) && read_status(p);
}

bool jit_process_is_fork(const struct jit_process *child,
			 const struct jit_process *parent)
{
	return child->parent == parent->pid && child->stack && child->code &&
	       child->stack == parent->stack && child->code == parent->code;
}

bool jit_process_was_there(const struct jit_process *p, uint64_t time)
{
	uint64_t since_boot = time + (clock_ns(CLOCK_BOOTTIME) - clock_now());

	return p->start <= since_boot + SECOND;
}

int jit_process_open_map(const struct jit_process *p, struct slow_files *slow)
{
	static const uint64_t in_root = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
	scoped(fd_close) int root = -1;
	scoped(fd_close) int tmp = -1;
	scoped(fd_close) int at = -1;
	struct stat st;
	struct jit_process again;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/root", p->pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* The pid may belong to another process by now; the open root stays the same. */
	if (root < 0 || !jit_process_read(&again, p->pid) || again.start != p->start)
		return -1;
	/* In some images /tmp is a link. The file itself must be none. */
	tmp = slow_files_find(slow, root, "tmp", O_DIRECTORY, in_root);
	if (tmp < 0)
		return -1;
	snprintf(path, sizeof(path), "perf-%u.map", p->inner);
	at = path_find(slow, tmp, path, LINKS_NONE, &st);
	return at >= 0 && path_is_of(&st, p->uid) ? path_read_growing(slow, at) : -1;
}

bool jit_process_wrote(const struct jit_process *p, int fd, uint64_t end)
{
	uint64_t now = clock_ns(CLOCK_REALTIME), written;
	uint64_t start = now - clock_ns(CLOCK_BOOTTIME) + p->start;
	struct stat st;

	if (!path_stat(fd, &st) || st.st_mtim.tv_sec < 0)
		return false;
	written = (uint64_t)st.st_mtim.tv_sec * SECOND + (uint64_t)st.st_mtim.tv_nsec;
	if (end && written > now - clock_now() + end + END_TOLERANCE)
		return false;
	return written + START_TOLERANCE >= start;
}

bool jit_process_may_have(const char *path)
{
	if (strncmp(path, "/memfd:", 7) == 0 || strncmp(path, "/dev/shm/", 9) == 0)
		return true;
	/* Every process has [vsyscall]. */
	return dso_kind_of(path, false) == DSO_ANON && strcmp(path, "[vsyscall]") != 0;
}

bool jit_process_is_gone(uint32_t pid)
{
	return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

bool jit_process_is_same_file(int a, int b)
{
	struct stat x, y;

	return a >= 0 && path_stat(a, &x) && path_stat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}
