#include "base/thread/slow_helper.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AT_ONCE = 64 << 10, COPY_MAX = 256 << 20, FDS = 2 };

struct message {
	int kind, error;
	bool has_at;
	int64_t magic;
	uint64_t flags, resolve;
	char path[PATH_MAX];
};

/* Sends a message with up to two descriptors. */
static bool message_send(int socket, struct message *m, const int *fds, size_t n)
{
	char control[CMSG_SPACE(FDS * sizeof(int))] = {0};
	struct iovec data = {m, sizeof(*m)};
	struct msghdr head = {.msg_iov = &data, .msg_iovlen = 1};
	struct cmsghdr *rights;

	if (n) {
		head.msg_control = control;
		head.msg_controllen = CMSG_SPACE(n * sizeof(int));
		rights = CMSG_FIRSTHDR(&head);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, n * sizeof(int));
	}
	return sendmsg(socket, &head, MSG_NOSIGNAL) == sizeof(*m);
}

/* Sets 'fds' to the descriptors of the message, -1 for those that it does not have. */
static bool message_receive(int socket, struct message *m, int fds[FDS])
{
	char control[CMSG_SPACE(FDS * sizeof(int))] = {0};
	struct iovec data = {m, sizeof(*m)};
	struct msghdr head = {.msg_iov = &data,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control)};
	struct cmsghdr *rights;

	fds[0] = fds[1] = -1;
	if (recvmsg(socket, &head, MSG_CMSG_CLOEXEC) != sizeof(*m))
		return false;
	rights = CMSG_FIRSTHDR(&head);
	if (rights && rights->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(rights),
		       rights->cmsg_len - CMSG_LEN(0) < FDS * sizeof(int)
			       ? rights->cmsg_len - CMSG_LEN(0)
			       : FDS * sizeof(int));
	return true;
}

static int open_again(int at)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	return open(self, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/* Returns the descriptor, or -1 and sets *error. */
static int open_and_touch(int at, int *error)
{
	int fd = open_again(at);
	char byte;

	*error = fd < 0 || (pread(fd, &byte, 1, 0) < 0 && errno != EISDIR) ? errno : 0;
	return *error ? -1 : fd;
}

static int copy_to(int at, int copy)
{
	int fd = open_again(at);
	char buf[AT_ONCE];
	size_t all = 0;
	ssize_t got;

	if (fd < 0)
		return errno;
	while ((got = read(fd, buf, sizeof(buf))) > 0) {
		all += (size_t)got;
		if (all > COPY_MAX)
			return EFBIG;
		if (write(copy, buf, (size_t)got) != got)
			return EIO;
	}
	return got < 0 ? errno : 0;
}

static int find(int folder, const struct message *m)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC | m->flags,
			       .resolve = m->resolve};

	return (int)syscall(SYS_openat2, m->has_at ? folder : AT_FDCWD, m->path, &how,
			    sizeof(how));
}

static void question_answer(int socket, struct message *m, const int fds[FDS])
{
	struct statfs fs = {0};
	int found = -1;

	switch ((enum slow_kind)m->kind) {
	case SLOW_KIND:
		m->error = fstatfs(fds[0], &fs) < 0 ? errno : 0;
		m->magic = fs.f_type;
		break;
	case SLOW_FIND:
		found = find(fds[0], m);
		m->error = found < 0 ? errno : 0;
		break;
	case SLOW_OPEN:
		found = open_and_touch(fds[0], &m->error);
		break;
	case SLOW_COPY:
		m->error = copy_to(fds[0], fds[1]);
		break;
	}
	message_send(socket, m, &found, found >= 0);
}

/* Only calls functions that are safe after a fork of a process with threads. Closes all
 * other descriptors: a helper that hangs must not keep pipes open. */
__attribute__((noreturn)) static void helper_run(int socket)
{
	const struct sched_param normal = {0};
	struct message m;
	int fds[FDS];

	sched_setscheduler(0, SCHED_OTHER, &normal);
	setsid();
	if (dup2(socket, 0) < 0)
		_exit(0);
	syscall(SYS_close_range, 1, ~0U, 0);
	while (message_receive(0, &m, fds)) {
		question_answer(0, &m, fds);
		syscall(SYS_close_range, 1, ~0U, 0);
	}
	_exit(0);
}

/* The helper is no child of this process, so nothing has to wait for its end. */
int slow_helper_start(void)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	pid = fork();
	if (!pid) {
		if (!fork())
			helper_run(ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -1;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return ends[0];
}

bool slow_question_send(int helper, const struct slow_question *q)
{
	struct message m = {.kind = (int)q->kind,
			    .flags = q->flags,
			    .resolve = q->resolve,
			    .has_at = q->at >= 0};
	int fds[FDS];
	size_t n = 0;

	if (q->path && strlen(q->path) >= sizeof(m.path))
		return false;
	if (q->path)
		strcpy(m.path, q->path);
	if (q->at >= 0)
		fds[n++] = q->at;
	if (q->copy >= 0)
		fds[n++] = q->copy;
	return message_send(helper, &m, fds, n);
}

bool slow_answer_receive(int helper, struct slow_answer *answer)
{
	struct message m;
	int fds[FDS];

	if (!message_receive(helper, &m, fds))
		return false;
	*answer = (struct slow_answer){.error = m.error, .fd = fds[0], .magic = m.magic};
	return true;
}
