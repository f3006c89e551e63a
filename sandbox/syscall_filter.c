#include "sandbox/syscall_filter.h"

#ifdef FLAME_HAS_SECCOMP

#include "base/scoped.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	/* Bits of a flags argument that change files; of O_TMPFILE without
	 * O_DIRECTORY. */
	OPEN_CHANGES = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY),
};

/* Names instead of numbers: a library that is older than a call does not know it. */
static const char *const permitted[] = {
	/* descriptors that are open */
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev",
	"lseek", "close", "close_range", "fstat", "fstatfs", "ftruncate",
	"fallocate", "fsync", "fdatasync", "fadvise64", "dup", "dup2", "dup3",
	"flock", "poll", "ppoll", "select", "pselect6", "pipe2", "eventfd2", "sendmsg",
	"recvmsg", "sendto", "recvfrom",
	/* what a path leads to */
	"stat", "lstat", "newfstatat", "statx", "statfs", 
	"access", "faccessat", "faccessat2", "getcwd",
	/* memory */
	"brk", "munmap", "mremap", "madvise", "msync", "mincore", "memfd_create",
	"membarrier",
	/* threads */
	"futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq",
	"set_tid_address", "arch_prctl", "exit", "exit_group", "sched_yield",
	"sched_getaffinity", "sched_getparam", "sched_getscheduler", "getpriority",
	"getcpu",
	/* signals to itself */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait",
	"rt_sigpending", "rt_sigsuspend", "sigaltstack", "restart_syscall",
	/* time and facts */
	"clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday",
	"time", "times", "getrusage", "getrlimit", "uname", "sysinfo", "getrandom",
	"getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid",
	"getgroups", "getresuid", "getresgid", "capget",
	/* giving up privileges: getting any is not possible */
	"capset", "setresuid", "setresgid", "setgroups",
};

static const char *const refused[] = {
	"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4",
	"fork", "vfork", "kill", "tkill", "rt_sigqueueinfo",
	"pidfd_open", "pidfd_send_signal",
	"creat", "rename", "renameat", "renameat2", "link", "linkat", "symlink",
	"symlinkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "mknod",
	"mknodat", "truncate", "chmod", "fchmod", "fchmodat", "chown", "fchown",
	"lchown", "fchownat", "utimensat", "setxattr", "lsetxattr", "fsetxattr",
	"removexattr", "chdir", "fchdir", "setuid", "setgid", "shmget", "shmat",
	"mq_open", "inotify_init1", "fanotify_init",
};

static const char *const deadly[] = {
	"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "bpf",
	"perf_event_open", "mount", "umount2", "pivot_root", "chroot", "move_mount",
	"open_tree", "fsopen", "fsmount", "fsconfig", "mount_setattr", "init_module",
	"finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
	"swapon", "swapoff", "setns", "unshare", "keyctl", "add_key", "request_key",
	"userfaultfd", "io_uring_setup", "open_by_handle_at", "pidfd_getfd", "kcmp",
	"settimeofday", "clock_settime", "sethostname", "setdomainname", "syslog", "acct",
	"quotactl", "iopl", "ioperm",
};

/* For a library that downloads files. */
static const char *const network[] = {
	"socket", "socketpair", "connect", "bind", "shutdown", "setsockopt", "getsockopt",
	"getsockname", "getpeername", "sendmmsg", "recvmmsg", "epoll_create1", "epoll_ctl",
	"epoll_wait", "epoll_pwait", "pipe", "mkdir", "mkdirat", "rename", "renameat",
	"unlink", "unlinkat", "rmdir", "fchmod", "chmod", "utimensat", "futimesat",
	"utimes", "copy_file_range", "sendfile", "getdents", "getdents64",
};

static const unsigned long ioctls[] = {TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO,
				       FS_IOC_GETVERSION};

/* Others send signals to any process of the same user (F_SETOWN), or delay processes that
 * open the file (F_SETLEASE). */
static const int fcntls[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,	      F_SETFD,
			     F_GETFL, F_SETFL,	       F_GETLK,	      F_SETLK,
			     F_SETLKW, F_GETPIPE_SZ,   F_ADD_SEALS,   F_GET_SEALS};

static const int prctls[] = {PR_SET_NAME, PR_GET_NAME, PR_CAP_AMBIENT,
			     0x53564d41 /* PR_SET_VMA: malloc names its memory */};

struct filter {
	scmp_filter_ctx context;
	bool failed;
};

static void filter_release(struct filter *f)
{
	if (f->context)
		seccomp_release(f->context);
}

/* Rules for a call that this machine or the library does not have are left out. */
static void rule_add(struct filter *f, uint32_t action, const char *name, unsigned n,
		     const struct scmp_arg_cmp *args)
{
	int call = seccomp_syscall_resolve_name(name);
	int result = call == __NR_SCMP_ERROR ? 0
					     : seccomp_rule_add_array(f->context, action,
								      call, n, args);

	/* -EACCES: the action is the default one; -EDOM: not of this machine. */
	f->failed |= result < 0 && result != -EDOM && result != -EACCES;
}

static void rules_add(struct filter *f, uint32_t action, const char *const *names,
		      size_t n)
{
	for (size_t i = 0; i < n; i++)
		rule_add(f, action, names[i], 0, NULL);
}

/* Permits the call if the masked argument has this value. */
static void rule_permit_if(struct filter *f, const char *name, unsigned arg,
			   uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp is = SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, mask, value);

	rule_add(f, SCMP_ACT_ALLOW, name, 1, &is);
}

static void threads_permit(struct filter *f)
{
	/* The flags of clone3(2) are in memory. libc then uses clone(2). */
	rule_permit_if(f, "clone", 0, CLONE_THREAD, CLONE_THREAD);
}

/* Calls that could also change another process of the same user. */
static void own_process_permit(struct filter *f)
{
	const struct scmp_arg_cmp keeps_end[] = {
		SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, UINT32_MAX, PR_SET_PDEATHSIG),
		SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, UINT64_MAX, SIGKILL),
	};
	const struct scmp_arg_cmp own_priority[] = {
		SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, UINT32_MAX, PRIO_PROCESS),
		SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, UINT32_MAX, 0),
	};

	rule_add(f, SCMP_ACT_ALLOW, "prctl", 2, keeps_end);
	rule_add(f, SCMP_ACT_ALLOW, "setpriority", 2, own_priority);
	rule_permit_if(f, "sched_setaffinity", 0, UINT32_MAX, 0);
	rule_permit_if(f, "prlimit64", 0, UINT32_MAX, 0);
	rule_permit_if(f, "tgkill", 0, UINT32_MAX, (uint64_t)getpid());
}

static void memory_permit(struct filter *f, bool new_code)
{
	rule_permit_if(f, "mmap", 2, new_code ? 0 : PROT_EXEC, 0);
	rule_permit_if(f, "mprotect", 2, new_code ? 0 : PROT_EXEC, 0);
}

static void open_permit(struct filter *f, const struct syscall_filter_options *options,
			bool listens)
{
	static const char *const calls[] = {"open", "openat", "openat2"};
	static const char *const links[] = {"readlink", "readlinkat"};

	rules_add(f, listens ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW, links,
		  array_size(links));
	if (listens) {
		rules_add(f, SCMP_ACT_NOTIFY, calls, array_size(calls));
	} else if (options->uses_network) {
		rules_add(f, SCMP_ACT_ALLOW, calls, array_size(calls));
	} else {
		rule_permit_if(f, "open", 1, OPEN_CHANGES, O_RDONLY);
		rule_permit_if(f, "openat", 2, OPEN_CHANGES, O_RDONLY);
		if (options->has_landlock)
			rule_add(f, SCMP_ACT_ALLOW, "openat2", 0, NULL);
	}
}

static void filter_fill(struct filter *f, const struct syscall_filter_options *options,
			bool listens)
{
	rules_add(f, SCMP_ACT_ALLOW, permitted, array_size(permitted));
	if (options->uses_network)
		rules_add(f, SCMP_ACT_ALLOW, network, array_size(network));
	else
		rules_add(f, SCMP_ACT_ERRNO(EPERM), refused, array_size(refused));
	rules_add(f, SCMP_ACT_KILL_PROCESS, deadly, array_size(deadly));
	threads_permit(f);
	own_process_permit(f);
	memory_permit(f, options->uses_network);
	open_permit(f, options, listens);
	for (size_t i = 0; i < array_size(ioctls); i++)
		rule_permit_if(f, "ioctl", 1, UINT32_MAX, ioctls[i]);
	for (size_t i = 0; i < array_size(fcntls); i++)
		rule_permit_if(f, "fcntl", 1, UINT32_MAX, (uint64_t)fcntls[i]);
	for (size_t i = 0; i < array_size(prctls); i++)
		rule_permit_if(f, "prctl", 0, UINT32_MAX, (uint64_t)prctls[i]);
	/* A binary tree, which takes a dozen comparisons for any call. */
	seccomp_attr_set(f->context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
}

static bool filter_load(const struct syscall_filter_options *options, bool listens,
			int *listener)
{
	/* Libraries have another way for a call that the kernel does not have. */
	scoped(filter_release) struct filter f = {
		.context = seccomp_init(SCMP_ACT_ERRNO(ENOSYS))};

	if (!f.context)
		return false;
	filter_fill(&f, options, listens);
	if (f.failed || seccomp_load(f.context) < 0)
		return false;
	if (listens)
		*listener = seccomp_notify_fd(f.context);
	return true;
}

bool syscall_filter_load(const struct syscall_filter_options *options, int *listener)
{
	*listener = -1;
	/* There can be only one listener, and a container may have it. */
	return filter_load(options, true, listener) ||
	       filter_load(options, false, listener);
}

#else

bool syscall_filter_load(const struct syscall_filter_options *options, int *listener)
{
	(void)options;
	*listener = -1;
	return false;
}

#endif
