#include "rights/rights.h"

#include "base/fd.h"
#include "base/io.h"
#include "base/scoped.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Values of sysctls that cannot be read: those of a usual kernel. */
enum { PARANOID_USUAL = 2, KPTR_USUAL = 0, MLOCK_USUAL = 516 };

/* The inode of the machine's first user namespace (PROC_USER_INIT_INO of the kernel). */
#define FIRST_USER_NAMESPACE "user:[4026531837]"

enum { TEXT_MAX = 4096, PATH_ROOM = PATH_MAX };

static bool text_read(const char *root, const char *name, char text[TEXT_MAX])
{
	scoped(fd_close) int fd = -1;
	char path[PATH_ROOM];
	ssize_t got;

	snprintf(path, sizeof(path), "%s/proc/%s", root, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	got = fd >= 0 ? io_read_full(fd, text, TEXT_MAX - 1) : -1;
	text[got > 0 ? got : 0] = '\0';
	return got > 0;
}

static int64_t sysctl_read(const char *root, const char *name, int64_t unknown)
{
	char path[64], text[TEXT_MAX], *end;
	long long n;

	snprintf(path, sizeof(path), "sys/kernel/%s", name);
	if (!text_read(root, path, text))
		return unknown;
	n = strtoll(text, &end, 10);
	return end == text ? unknown : n;
}

/* The number after "\nNAME:" in /proc/self/status. */
static uint64_t status_number(const char *status, const char *name, int base)
{
	const char *line = strstr(status, name);

	return line ? strtoull(line + strlen(name), NULL, base) : 0;
}

static bool is_first_namespace(const char *root)
{
	char path[PATH_ROOM], name[sizeof(FIRST_USER_NAMESPACE)];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/proc/self/ns/user", root);
	n = readlink(path, name, sizeof(name));
	/* A kernel without user namespaces has no such file. */
	return n < 0 || (n == sizeof(name) - 1 &&
			 memcmp(name, FIRST_USER_NAMESPACE, sizeof(name) - 1) == 0);
}

static bool sysctls_are_writable(const char *root)
{
	char path[PATH_ROOM];
	struct statvfs fs;

	snprintf(path, sizeof(path), "%s/proc/sys/kernel", root);
	return statvfs(path, &fs) == 0 && !(fs.f_flag & ST_RDONLY);
}

struct rights rights_read(const char *root)
{
	char status[TEXT_MAX], text[TEXT_MAX];
	uint64_t effective, bounding;
	struct rights r = {0};

	text_read(root, "self/status", status);
	effective = status_number(status, "\nCapEff:", 16);
	bounding = status_number(status, "\nCapBnd:", 16);
	r.in_user_namespace = !is_first_namespace(root);
	if (!r.in_user_namespace) {
		r.capabilities = effective;
		if (!status_number(status, "\nNoNewPrivs:", 10))
			r.obtainable = bounding;
	}
	r.has_filter = status_number(status, "\nSeccomp:", 10) == 2;
	r.user = geteuid();
	r.is_root = r.user == 0;
	r.may_set_sysctls = sysctls_are_writable(root);
	r.has_perf_events = text_read(root, "sys/kernel/perf_event_paranoid", text) ||
			    !text_read(root, "sys/kernel/osrelease", text);
	r.paranoid = sysctl_read(root, "perf_event_paranoid", PARANOID_USUAL);
	r.kptr_restrict = sysctl_read(root, "kptr_restrict", KPTR_USUAL);
	r.mlock_kb = sysctl_read(root, "perf_event_mlock_kb", MLOCK_USUAL);
	return r;
}

bool rights_have(const struct rights *r, int capability)
{
	return r->capabilities >> capability & 1;
}

bool rights_have_perfmon(const struct rights *r)
{
	return rights_have(r, CAP_PERFMON) || rights_have(r, CAP_SYS_ADMIN);
}

/* As kallsyms_show_value() of the kernel. */
enum hidden_kernel rights_hidden_kernel(const struct rights *r)
{
	if (r->kptr_restrict >= 2)
		return KERNEL_HIDDEN_FROM_ALL;
	if (rights_have(r, CAP_SYSLOG) || (r->kptr_restrict <= 0 && r->paranoid <= 1))
		return KERNEL_SHOWN;
	if (r->in_user_namespace && r->is_root)
		return KERNEL_HIDDEN_FROM_NAMESPACE;
	return r->kptr_restrict > 0 ? KERNEL_HIDDEN_BY_KPTR : KERNEL_HIDDEN_BY_PARANOID;
}

bool rights_filter_refuses_events(void)
{
	enum { NO_SUCH_FLAG = 1 << 30 };

	/* The kernel checks the flags before everything else. */
	return syscall(SYS_perf_event_open, NULL, 0, -1, -1, NO_SUCH_FLAG) < 0 &&
	       errno != EINVAL;
}
