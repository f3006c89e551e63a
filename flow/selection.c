#include "flow/selection.h"

#include "base/narrow.h"
#include "base/parse.h"
#include "base/scoped.h"
#include "fold/container.h"
#include "fold/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool selection_parse_by(struct selection *s, const char *text)
{
	static const char *const words[ROOT_PARTS] = {"comm", "pid", "tid", "cpu",
						      "container"};

	s->n_by = 0;
	do {
		size_t len = strcspn(text, ","), part = 0;

		while (part < ROOT_PARTS && (strlen(words[part]) != len ||
					     memcmp(words[part], text, len) != 0))
			part++;
		for (size_t i = 0; i < s->n_by; i++)
			if (s->by[i] == part)
				return false;
		if (part == ROOT_PARTS)
			return false;
		s->by[s->n_by++] = (enum root_part)part;
		text += len;
	} while (*text++ == ',');
	return true;
}

bool selection_parse_cpus(struct selection *s, const char *text)
{
	s->has_cpus = true;
	return !strchr(text, '\n') && cpu_set_read(&s->cpus, text);
}

bool selection_parse_time(struct selection *s, const char *text)
{
	const char *comma = strchr(text, ',');
	char first[32];

	if (!comma || (size_t)(comma - text) >= sizeof(first))
		return false;
	memcpy(first, text, (size_t)(comma - text));
	first[comma - text] = '\0';
	s->has_time = true;
	s->to = UINT64_MAX;
	if (*first && !parse_duration(first, &s->from))
		return false;
	return (!comma[1] || parse_duration(comma + 1, &s->to)) && s->from < s->to;
}

void root_table_release(struct root_table *t)
{
	hashmap_release(&t->by_hash);
	vec_release(&t->items);
}

static bool roots_equal(const struct root *a, const struct root *b)
{
	return a->comm == b->comm && a->container == b->container && a->pid == b->pid &&
	       a->tid == b->tid && a->cpu == b->cpu &&
	       a->is_idle_task == b->is_idle_task && a->is_outside == b->is_outside;
}

uint32_t root_table_add(struct root_table *t, const struct root *root)
{
	uint64_t hash;
	uint32_t index;

	hash = hash_u64((uint64_t)root->comm << 32 | root->container,
			(uint64_t)root->pid << 32 | root->tid);
	hash = hash_u64(hash, (uint64_t)root->cpu << 2 | (uint64_t)root->is_outside << 1 |
				      root->is_idle_task);
	index = hashmap_find(&t->by_hash, hash, i, roots_equal(&t->items.items[i], root));
	if (index == HASHMAP_NONE) {
		index = narrow_u32(t->items.n);
		hashmap_put(&t->by_hash, hash, index);
		vec_push(&t->items, *root);
	}
	return index;
}

bool selection_has_comm(const struct selection *s, const char *comm, size_t len)
{
	for (const char *list = s->comms;;) {
		size_t n = strcspn(list, ",");

		if (n == len && (!len || memcmp(list, comm, len) == 0))
			return true;
		if (!list[n])
			return false;
		list += n + 1;
	}
}

/* A thread without a known name is called by its number, as in perf. */
static const char *root_comm(const struct root *root, const struct strtab *strings,
			     char number[16])
{
	if (root->comm)
		return strtab_str(strings, root->comm);
	snprintf(number, 16, ":%d", (int)root->tid);
	return number;
}

static void root_set_part(struct root *root, enum root_part part,
			  const struct process_table *procs, const struct event *ev)
{
	switch (part) {
	case ROOT_PID:
		root->pid = ev->pid;
		break;
	case ROOT_TID:
		root->tid = ev->tid;
		break;
	case ROOT_CPU:
		root->cpu = ev->cpu;
		break;
	case ROOT_CONTAINER:
		root->container = process_cgroup(procs, ev->sample.cgroup);
		break;
	case ROOT_COMM:
	case ROOT_PARTS:
		break;
	}
}

bool selection_wants(const struct selection *s, const struct event *ev, uint64_t start)
{
	if (s->has_time && (ev->time - start < s->from || ev->time - start >= s->to))
		return false;
	return !s->has_cpus || cpu_set_has(&s->cpus, ev->cpu);
}

uint32_t selection_root(const struct selection *s, struct root_table *roots,
			const struct process_table *procs, const struct event *ev,
			str_id comm)
{
	struct root root = {.is_idle_task = ev->pid == 0,
			    .is_outside = ev->pid == PID_OUTSIDE};
	const char *name;
	char number[16];
	bool has_comm = !s->n_by || s->comms;

	for (size_t i = 0; i < s->n_by; i++) {
		has_comm |= s->by[i] == ROOT_COMM;
		root_set_part(&root, s->by[i], procs, ev);
	}
	if (has_comm)
		root.comm = comm;
	if (s->tid || (has_comm && !comm))
		root.tid = ev->tid;
	if (s->comms) {
		name = root_comm(&root, procs->strings, number);
		if (!selection_has_comm(s, name, strlen(name)))
			return ROOT_NONE;
	}
	if (s->pid || s->tid)
		root.pid = ev->pid;
	return root_table_add(roots, &root);
}

bool selection_is_by_thread(const struct selection *s)
{
	for (size_t i = 0; i < s->n_by; i++)
		if (s->by[i] == ROOT_CPU || s->by[i] == ROOT_CONTAINER)
			return false;
	return true;
}

static void comm_name_format(const struct selection *s, const struct root *root,
			     const char *comm, char *name, size_t size)
{
	if (s->tid)
		snprintf(name, size, "%s-%d/%d", comm, (int)root->pid, (int)root->tid);
	else if (s->pid)
		snprintf(name, size, "%s-%d", comm, (int)root->pid);
	else
		snprintf(name, size, "%s", comm);
}

size_t root_frames(const struct selection *s, const struct root *root,
		   const struct container_infos *containers, const char *task,
		   struct profile *p, frame_id *frames)
{
	static const enum root_part comm_alone[] = {ROOT_COMM};
	const enum root_part *by = s->n_by ? s->by : comm_alone;
	size_t n = s->n_by ? s->n_by : array_size(comm_alone);
	char name[256], number[16];

	for (size_t i = 0; i < n; i++) {
		if (task && by[i] != ROOT_CPU && by[i] != ROOT_CONTAINER) {
			frames[i] = fold_root(p, task);
			continue;
		}
		switch (by[i]) {
		case ROOT_PID:
			snprintf(name, sizeof(name), "pid %d", (int)root->pid);
			break;
		case ROOT_TID:
			snprintf(name, sizeof(name), "tid %d", (int)root->tid);
			break;
		case ROOT_CPU:
			snprintf(name, sizeof(name), "CPU %d", (int)root->cpu);
			break;
		case ROOT_CONTAINER:
			container_name(name, sizeof(name),
				       strtab_str(&p->strings, root->container),
				       containers);
			break;
		case ROOT_COMM:
		case ROOT_PARTS:
			comm_name_format(s, root, root_comm(root, &p->strings, number),
					 name, sizeof(name));
			break;
		}
		frames[i] = fold_root(p, name);
	}
	return n;
}
