#include "record/descendants.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/thread/mutex.h"
#include "record/proc_file.h"

#include <assert.h>
#include <linux/perf_event.h>
#include <string.h>

/* The kernel's PID_MAX_LIMIT, and the most parents that are followed. */
enum { PIDS_MOST = 1 << 22, PARENTS_MOST = 64 };

enum kinship { KIN_UNKNOWN, KIN_INSIDE, KIN_OUTSIDE };

struct descendants {
	pthread_mutex_t lock; /* for the next two */
	struct pid_list pids;
	uint8_t *kinship; /* of each process, by its number; NULL: there is no limit */
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
	mem_free(d->kinship);
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

void descendants_limit(struct descendants *d, const uint32_t *pids, size_t n)
{
	struct proc_dir dir;
	uint32_t pid;

	pthread_mutex_lock(&d->lock);
	if (!d->kinship)
		d->kinship = mem_new(PIDS_MOST, 1);
	d->kinship[0] = KIN_OUTSIDE; /* idle CPUs */
	/* Children that run already are no part of the target. */
	if (proc_dir_open(&dir, "/proc")) {
		while (proc_dir_next(&dir, &pid))
			if (pid < PIDS_MOST && d->kinship[pid] == KIN_UNKNOWN)
				d->kinship[pid] = KIN_OUTSIDE;
		proc_dir_close(&dir);
	}
	for (size_t i = 0; i < n; i++)
		if (pids[i] < PIDS_MOST)
			d->kinship[pids[i]] = KIN_INSIDE;
	pthread_mutex_unlock(&d->lock);
}

/* The kinship of a process is that of its parents. A process that is gone keeps the
 * kinship that its fork had. */
static enum kinship kinship_find(const struct descendants *d, uint32_t pid)
{
	char text[PROC_STAT_MAX];
	struct proc_stat st;

	for (int i = 0; i < PARENTS_MOST; i++) {
		if (pid >= PIDS_MOST)
			return KIN_OUTSIDE;
		if (d->kinship[pid] != KIN_UNKNOWN)
			return d->kinship[pid];
		if (!proc_stat_read(pid, 0, text, &st))
			return KIN_UNKNOWN;
		pid = st.parent;
	}
	return KIN_OUTSIDE;
}

/* Under the lock. */
static bool is_inside(struct descendants *d, uint32_t pid)
{
	enum kinship kinship = kinship_find(d, pid);

	if (pid < PIDS_MOST)
		d->kinship[pid] = (uint8_t)kinship;
	return kinship == KIN_INSIDE;
}

bool descendants_include(struct descendants *d, uint32_t pid)
{
	bool includes;

	pthread_mutex_lock(&d->lock);
	includes = !d->kinship || is_inside(d, pid);
	pthread_mutex_unlock(&d->lock);
	return includes;
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
	/* Samples of a process that ended may be read later, and a zombie has a parent:
	 * the kinship stays until the number is used again. */
	if (d->kinship && type == PERF_RECORD_FORK && pid != parent && pid < PIDS_MOST)
		d->kinship[pid] = is_inside(d, parent) ? KIN_INSIDE : KIN_OUTSIDE;
	if (type == PERF_RECORD_FORK && pid != parent &&
	    (!d->kinship || is_inside(d, pid)))
		vec_push(&d->pids.items, pid);
	pthread_mutex_unlock(&d->lock);
}

/* The process that a record is about; UINT32_MAX: none, or the kernel. */
static uint32_t process_of(const void *record, size_t size)
{
	struct bytes b = bytes_of(record, size);
	uint32_t type = bytes_u32(&b), pid;

	bytes_skip(&b, 4);
	pid = bytes_u32(&b);
	switch (type) {
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
	case PERF_RECORD_COMM:
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
	case PERF_RECORD_NAMESPACES:
		return b.failed ? UINT32_MAX : pid;
	default:
		return UINT32_MAX;
	}
}

bool descendants_own(struct descendants *d, const void *record, size_t size)
{
	struct perf_event_header header;
	uint32_t pid = process_of(record, size);
	bool was_own = pid == UINT32_MAX || descendants_include(d, pid);

	assert(size >= sizeof(header));
	/* A fork may bring a process in, or out. */
	descendants_read(d, record, size);
	memcpy(&header, record, sizeof(header));
	if (header.type != PERF_RECORD_FORK)
		return was_own;
	return descendants_include(d, pid);
}

bool descendants_own_sample(struct descendants *d, const void *record, size_t size,
			    const struct sample_layout *layout)
{
	struct bytes b = bytes_of(record, size);
	uint32_t pid;

	if (bytes_u32(&b) != PERF_RECORD_SAMPLE)
		return true;
	bytes_skip(&b, 8 * (size_t)layout->in_sample[SAMPLE_FIELD_TASK] - 4);
	pid = bytes_u32(&b);
	return b.failed || descendants_include(d, pid);
}

void descendants_list(struct descendants *d, struct pid_list *pids)
{
	const uint32_t *pid;

	pthread_mutex_lock(&d->lock);
	vec_each(pid, &d->pids.items)
		vec_push(&pids->items, *pid);
	pthread_mutex_unlock(&d->lock);
}
