#include "record/data/deferred_records.h"

#include "base/narrow.h"

#include <string.h>

enum { SEED = 4 };

/* The first records of a process that have not been taken. */
static struct deferred_process *process_find(const struct deferred_records *l,
					     uint32_t pid)
{
	struct deferred_process *first = NULL;
	uint32_t i;

	hashmap_each(i, &l->by_pid, hash_u64(pid, SEED)) {
		struct deferred_process *p = &l->processes.items[i];

		if (p->pid == pid && p->from < p->to && (!first || p < first))
			first = p;
	}
	return first;
}

void deferred_records_add(struct deferred_records *l, uint32_t pid, const void *record,
			  size_t size)
{
	struct deferred_process *last = vec_last(&l->processes);

	/* Processes are added one after the other: a pid comes again only if it was
	 * reused. */
	if (!last || last->pid != pid || last->from == last->to) {
		hashmap_put(&l->by_pid, hash_u64(pid, SEED), narrow_u32(l->processes.n));
		last = vec_add(&l->processes);
		*last = (struct deferred_process){pid, l->records.n, l->records.n};
	}
	vec_reserve(&l->records, size);
	memcpy(l->records.items + l->records.n, record, size);
	l->records.n += size;
	last->to += size;
}

bool deferred_records_take(struct deferred_records *l, uint32_t pid, const void **records,
			   size_t *size)
{
	struct deferred_process *p = process_find(l, pid);

	if (!p)
		return false;
	*records = l->records.items + p->from;
	*size = p->to - p->from;
	p->to = p->from;
	return true;
}

void deferred_records_release(struct deferred_records *l)
{
	vec_release(&l->records);
	vec_release(&l->processes);
	hashmap_release(&l->by_pid);
	*l = (struct deferred_records){0};
}
