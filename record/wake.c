#include "record/wake.h"

#include "base/scoped.h"
#include "record/event_fds.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS = 64 };

/* Edge-triggered: a descriptor that stays ready wakes once. */
static int watch(const struct wake *w, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event);
}

int wake_watch(struct wake *w, const uint64_t *ids, size_t n, struct error *err)
{
	scoped(event_fds_release) struct event_fds fds = {0};
	const struct event_fd *fd;
	int result = 0;

	if (!event_fds_find(&fds, ids, n))
		return error_sys(err, "cannot wait for the kernel's records");
	vec_each(fd, &fds.items)
		if (watch(w, fd->fd) < 0 && errno != EEXIST)
			result = error_sys(err, "cannot wait for the kernel's records");
	return result;
}

int wake_open(struct wake *w, struct error *err)
{
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->nudge = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->epoll >= 0 && w->nudge >= 0 && watch(w, w->nudge) == 0)
		return 0;
	error_sys(err, "cannot wait for the kernel's records");
	wake_close(w);
	return -1;
}

void wake_close(struct wake *w)
{
	if (w->epoll >= 0)
		close(w->epoll);
	if (w->nudge >= 0)
		close(w->nudge);
	*w = WAKE_CLOSED;
}

void wake_sleep(struct wake *w)
{
	struct epoll_event events[EVENTS];

	/* All rings are read after each sleep: the events do not matter. */
	epoll_wait(w->epoll, events, EVENTS, -1);
}

void wake_nudge(struct wake *w)
{
	const uint64_t one = 1;
	ssize_t ignored;

	/* The counter is never read: each write is a new edge. */
	ignored = write(w->nudge, &one, sizeof(one));
	(void)ignored;
}
