#include "sandbox/file_service.h"

#include "base/fd.h"
#include "base/mem.h"
#include "base/scoped.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <time.h>

#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND (1UL << 1) /* Linux 5.14 */
#endif

#ifdef SYS_open
#define CALL_OPEN SYS_open
#else
#define CALL_OPEN (-1)
#endif

enum { NOTICE_SIZE_MAX = 512, PATIENCE_S = 1 };

struct file_service {
	struct file_service_options options;
	struct file_opener opener;
	int listener;
	pthread_t thread;
};

static bool is_link_call(int nr)
{
#ifdef SYS_readlink
	if (nr == SYS_readlink)
		return true;
#endif
	return nr == SYS_readlinkat;
}

/* Newer kernels may write larger ones. */
union notice {
	struct seccomp_notif notif;
	char bytes[NOTICE_SIZE_MAX];
};

/* Copies 'size' bytes of the other process. Returns how many there are in a row. */
static size_t memory_copy(uint32_t tid, uint64_t addr, void *to, size_t size)
{
	const uint64_t page = 4096;
	size_t done = 0;

	while (done < size) {
		size_t n = (size_t)(page - (addr + done) % page);
		struct iovec local = {(char *)to + done, n < size - done ? n : size - done};
		struct iovec remote = {(void *)(uintptr_t)(addr + done), local.iov_len};

		if (process_vm_readv((pid_t)tid, &local, 1, &remote, 1, 0) !=
		    (ssize_t)local.iov_len)
			return done;
		done += local.iov_len;
	}
	return done;
}

/* Fills the request from the arguments of the call. Returns false if the memory of the
 * other process cannot be read. */
static bool request_read(const struct seccomp_notif *notif, char path[PATH_MAX],
			 struct file_request *r)
{
	const uint64_t *args = (const uint64_t *)notif->data.args;
	bool has_folder = notif->data.nr != CALL_OPEN;
	uint64_t path_at = args[has_folder];
	struct open_how how = {0};
	size_t n = memory_copy(notif->pid, path_at, path, PATH_MAX);

	*r = (struct file_request){.tid = (pid_t)notif->pid,
				   .folder = has_folder ? (int)args[0] : AT_FDCWD,
				   .path = path};
	if (notif->data.nr == SYS_openat2) {
		if (memory_copy(notif->pid, args[2], &how, sizeof(how)) < sizeof(how))
			return false;
		r->flags = how.flags;
		r->resolve = how.resolve;
	} else {
		r->flags = args[has_folder + 1] & UINT32_MAX;
	}
	return memchr(path, '\0', n);
}

/* Answers with the descriptor 'fd' for the other process. */
static void answer_fd(int listener, uint64_t id, int fd)
{
	struct seccomp_notif_addfd add = {.id = id,
					  .flags = SECCOMP_ADDFD_FLAG_SEND,
					  .srcfd = (uint32_t)fd,
					  .newfd_flags = O_CLOEXEC};
	struct seccomp_notif_resp answer = {.id = id};
	int there;

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) >= 0)
		return;
	add.flags = 0;
	there = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	answer.val = there;
	answer.error = there < 0 ? -EMFILE : 0;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

static void answer_error(int listener, uint64_t id, int code, bool may_try_alone)
{
	struct seccomp_notif_resp answer = {.id = id, .error = -code};

	if (may_try_alone) {
		answer.error = 0;
		answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	}
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Writes the target of a link into the memory of the other process. Returns its length,
 * or -1 if the other process has to read the link by itself. */
static ssize_t link_read(const struct seccomp_notif *notif)
{
	const uint64_t *args = (const uint64_t *)notif->data.args;
	bool has_folder = notif->data.nr == SYS_readlinkat;
	char path[PATH_MAX], target[PATH_MAX];
	size_t n = memory_copy(notif->pid, args[has_folder], path, sizeof(path));
	struct iovec local = {target, 0};
	struct iovec remote = {(void *)(uintptr_t)args[has_folder + 1], 0};
	ssize_t len;

	if (!memchr(path, '\0', n) || !file_policy_may_follow(path))
		return -1;
	len = readlink(path, target, sizeof(target));
	if (len < 0 || (uint64_t)len > args[has_folder + 2])
		return -1;
	local.iov_len = remote.iov_len = (size_t)len;
	return process_vm_writev((pid_t)notif->pid, &local, 1, &remote, 1, 0);
}

static void link_answer(int listener, const struct seccomp_notif *notif)
{
	struct seccomp_notif_resp answer = {.id = notif->id};
	ssize_t len = link_read(notif);

	if (len < 0)
		answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else
		answer.val = len;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

static void request_answer(const struct file_service *s, const struct seccomp_notif *notif)
{
	scoped(fd_close) int fd = -1;
	bool may_try_alone = s->options.may_try_alone;
	/* Flags of openat2(2) are in memory, where they may change meanwhile. */
	bool has_fixed_flags = notif->data.nr != SYS_openat2;
	struct file_request request;
	char path[PATH_MAX];
	int code = EACCES;

	if (request_read(notif, path, &request)) {
		request.process = s->options.process;
		fd = file_opener_open(&s->opener, &request);
		code = errno;
		may_try_alone |= has_fixed_flags && (request.flags & O_PATH);
	} else {
		/* This process may not look into the other one, which then has a user's
		 * rights, no more. */
		may_try_alone |= has_fixed_flags && file_request_only_reads(&request);
	}
	may_try_alone &= code == EACCES;
	/* The path may be from the memory of a later process with the same number. */
	if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &notif->id) < 0)
		return;
	if (fd >= 0)
		answer_fd(s->listener, notif->id, fd);
	else
		answer_error(s->listener, notif->id, code, may_try_alone);
}

static void *service_main(void *service)
{
	const struct file_service *s = service;
	struct pollfd ready = {.fd = s->listener, .events = POLLIN};

	/* Without POLLIN the last process with the filter has ended. */
	while (poll(&ready, 1, -1) >= 0 && (ready.revents & POLLIN)) {
		union notice notice = {0};

		if (ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, &notice) < 0)
			continue;
		if (is_link_call(notice.notif.data.nr))
			link_answer(s->listener, &notice.notif);
		else
			request_answer(s, &notice.notif);
	}
	return NULL;
}

static int thread_start(struct file_service *s)
{
	sigset_t all, before;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&s->thread, NULL, service_main, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

struct file_service *file_service_start(const struct file_service_options *options,
					int listener, struct error *err)
{
	struct file_service *s = mem_new(1, sizeof(*s));

	assert(listener >= 0);
	s->options = *options;
	s->listener = listener;
	file_opener_init(&s->opener, &options->policy);
	errno = thread_start(s);
	if (errno) {
		error_sys(err, "cannot start a thread");
		file_opener_release(&s->opener);
		fd_close(&s->listener);
		mem_release(&s);
	}
	return s;
}

void file_service_free(struct file_service **sp)
{
	struct file_service *s = *sp;
	struct timespec until;

	if (!s)
		return;
	*sp = NULL;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	if (pthread_timedjoin_np(s->thread, NULL, &until) != 0) {
		/* It keeps its memory. */
		pthread_detach(s->thread);
		return;
	}
	fd_close(&s->listener);
	file_opener_release(&s->opener);
	mem_free(s);
}
