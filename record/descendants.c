#include "record/descendants.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/thread/mutex.h"

#include <linux/perf_event.h>
#include <string.h>

struct descendants {
	pthread_mutex_t lock; /* for 'pids' */
	struct pid_list pids;
};

void pid_list_release(struct pid_list *pids)
{
	vec_release(&pids->items);
}

struct descendants *descendants_new(void)
{
	struct descendants *d = mem_new(1, sizeof(*d));

	mutex_init(&d->lock);
	return d;
}

void descendants_free(struct descendants **dp)
{
	struct descendants *d = *dp;

	if (!d)
		return;
	pid_list_release(&d->pids);
	pthread_mutex_destroy(&d->lock);
	mem_free(d);
	*dp = NULL;
}

static void pid_remove(struct pid_list *pids, uint32_t pid)
{
	uint32_t *it;

	vec_each(it, &pids->items)
		if (*it == pid) {
			*it = *vec_last(&pids->items);
			pids->items.n--;
			return;
		}
}

void descendants_read(struct descendants *d, const void *record, size_t size)
{
	struct bytes b = bytes_of(record, size);
	uint32_t type = bytes_u32(&b), pid, parent, tid;

	if (type != PERF_RECORD_FORK && type != PERF_RECORD_EXIT)
		return;
	bytes_skip(&b, 4);
	pid = bytes_u32(&b);
	parent = bytes_u32(&b);
	tid = bytes_u32(&b);
	if (b.failed || pid != tid)
		return;
	pthread_mutex_lock(&d->lock);
	pid_remove(&d->pids, pid);
	if (type == PERF_RECORD_FORK && pid != parent)
		vec_push(&d->pids.items, pid);
	pthread_mutex_unlock(&d->lock);
}

void descendants_list(struct descendants *d, struct pid_list *pids)
{
	const uint32_t *pid;

	pthread_mutex_lock(&d->lock);
	vec_each(pid, &d->pids.items)
		vec_push(&pids->items, *pid);
	pthread_mutex_unlock(&d->lock);
}
