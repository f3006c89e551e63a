#include "record/data/deferred_records.h"

#include <string.h>

enum { SEED = 4 };

/* The first run of records of a process that has not been taken. */
static struct deferred_process *find(const struct deferred_records *l, uint32_t pid)
{
	struct deferred_process *first = NULL;
	struct hashmap_probe probe;
	uint32_t at;

	for (at = hashmap_first(&probe, &l->by_pid, hash_u64(pid, SEED));
	     at != HASHMAP_NONE; at = hashmap_next(&probe)) {
		struct deferred_process *p = &l->processes.items[at];

		if (p->pid == pid && p->from < p->to && (!first || p < first))
			first = p;
	}
	return first;
}

void deferred_records_add(struct deferred_records *l, uint32_t pid, const void *record,
			  size_t size)
{
	struct deferred_process *last = vec_last(&l->processes);

	/* One process follows the other: each is one run, but for numbers that are used again. */
	if (!last || last->pid != pid || last->from == last->to) {
		hashmap_put(&l->by_pid, hash_u64(pid, SEED), (uint32_t)l->processes.n);
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
	struct deferred_process *p = find(l, pid);

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
