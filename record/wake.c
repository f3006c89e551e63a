#include "record/wake.h"

#include "base/hashmap.h"
#include "base/narrow.h"
#include "record/proc_file.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { EVENTS = 64 };

/* Edge-triggered: a descriptor that stays ready wakes once. */
static int watch(const struct wake *w, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};

	return epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* The id of the perf event of a descriptor; 0 for any other kind of descriptor. */
static uint64_t perf_event_id(int fd)
{
	static const char perf_event[] = "anon_inode:[perf_event]";
	char path[64], name[sizeof(perf_event)];
	uint64_t id;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, name, sizeof(name)) != sizeof(perf_event) - 1 ||
	    memcmp(name, perf_event, sizeof(perf_event) - 1) != 0)
		return 0;
	return ioctl(fd, PERF_EVENT_IOC_ID, &id) < 0 ? 0 : id;
}

static bool is_listed(const struct hashmap *by_id, const uint64_t *ids, uint64_t id)
{
	return hashmap_find(by_id, hash_u64(id, 0), i, ids[i] == id) != HASHMAP_NONE;
}

static int watch_events(const struct wake *w, const uint64_t *ids, size_t n)
{
	struct hashmap by_id = {0};
	struct proc_dir dir;
	uint32_t fd;
	int result = 0;

	if (!proc_dir_open(&dir, "/proc/self/fd"))
		return -1;
	for (size_t i = 0; i < n; i++)
		hashmap_put(&by_id, hash_u64(ids[i], 0), narrow_u32(i));
	while (result == 0 && proc_dir_next(&dir, &fd))
		if (is_listed(&by_id, ids, perf_event_id((int)fd)))
			result = watch(w, (int)fd);
	proc_dir_close(&dir);
	hashmap_release(&by_id);
	return result;
}

int wake_open(struct wake *w, const uint64_t *ids, size_t n, struct error *err)
{
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->nudge = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->epoll >= 0 && w->nudge >= 0 && watch(w, w->nudge) == 0 &&
	    watch_events(w, ids, n) == 0)
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
