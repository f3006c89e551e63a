#include "record/event_fds.h"

#include "base/hashmap.h"
#include "base/narrow.h"
#include "record/proc_file.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

static void fd_add(struct event_fds *fds, int fd, const struct hashmap *by_id,
		   const uint64_t *ids)
{
	uint64_t id = perf_event_id(fd);
	uint32_t index = hashmap_find(by_id, hash_u64(id, 0), i, ids[i] == id);

	if (index != HASHMAP_NONE)
		vec_push(&fds->items, ((struct event_fd){.fd = fd, .index = index}));
}

bool event_fds_find(struct event_fds *fds, const uint64_t *ids, size_t n)
{
	struct hashmap by_id = {0};
	struct proc_dir dir;
	uint32_t fd;

	if (!proc_dir_open(&dir, "/proc/self/fd"))
		return false;
	for (size_t i = 0; i < n; i++)
		hashmap_put(&by_id, hash_u64(ids[i], 0), narrow_u32(i));
	while (proc_dir_next(&dir, &fd))
		fd_add(fds, (int)fd, &by_id, ids);
	proc_dir_close(&dir);
	hashmap_release(&by_id);
	return true;
}

void event_fds_release(struct event_fds *fds)
{
	vec_release(&fds->items);
}
