#include "model/process.h"

#include "base/bisect.h"
#include "base/narrow.h"

#include <assert.h>

/* The last entry of a list, sorted by 'from', that begins at or before 'time'. If all
 * begin later, the first one: a record of another CPU may come late. NULL for an empty
 * list. */
#define entry_at(list, time)                                                             \
	({                                                                               \
		size_t n_ = bisect(0, (list)->n, i, (list)->items[i].from <= (time));    \
		(list)->n ? &(list)->items[n_ ? n_ - 1 : 0] : NULL;                      \
	})

/* Narrows [*since, *until) to the times for which entry_at() returns 'entry'. */
#define narrow_to(list, entry, since, until)                                             \
	({                                                                               \
		if ((entry) != (list)->items && (entry)->from > *(since))                \
			*(since) = (entry)->from;                                        \
		if ((entry) + 1 != (list)->items + (list)->n &&                          \
		    (entry)[1].from < *(until))                                          \
			*(until) = (entry)[1].from;                                      \
	})

static struct process *process_find(const struct process_table *t, uint32_t pid)
{
	uint32_t i = hashmap_find(&t->by_pid, hash_u64(pid, 1), v,
				  t->processes.items[v].pid == pid);

	return i == HASHMAP_NONE ? NULL : &t->processes.items[i];
}

static struct thread *thread_find(const struct process_table *t, uint32_t tid)
{
	uint32_t i = hashmap_find(&t->by_tid, hash_u64(tid, 2), v,
				  t->threads.items[v].tid == tid);

	return i == HASHMAP_NONE ? NULL : &t->threads.items[i];
}

/* Adds a space to a process, which is added if it is new. */
static void process_set_space(struct process_table *t, uint32_t pid, uint64_t time,
			      space_id space)
{
	struct process *p = process_find(t, pid);

	if (!p) {
		hashmap_put(&t->by_pid, hash_u64(pid, 1), narrow_u32(t->processes.n));
		p = vec_add(&t->processes);
		p->pid = pid;
	}
	vec_push(&p->spaces, ((struct space_since){time, space}));
}

/* Adds a name to a thread, which is added if it is new. */
static void thread_set_comm(struct process_table *t, uint32_t tid, uint64_t time,
			    str_id comm)
{
	struct thread *thread = thread_find(t, tid);

	if (!thread) {
		hashmap_put(&t->by_tid, hash_u64(tid, 2), narrow_u32(t->threads.n));
		thread = vec_add(&t->threads);
		thread->tid = tid;
	}
	vec_push(&thread->comms, ((struct comm_since){time, comm}));
}

void process_table_init(struct process_table *t, struct strtab *strings,
			struct dso_table *dsos)
{
	*t = (struct process_table){.strings = strings, .dsos = dsos};
	t->kernel = space_new(&t->spaces, SPACE_NONE, EVENT_NO_TIME);
	thread_set_comm(t, 0, EVENT_NO_TIME, strtab_add(strings, "swapper"));
}

void process_table_release(struct process_table *t)
{
	struct process *p;
	struct thread *thread;

	vec_each(p, &t->processes)
		vec_release(&p->spaces);
	vec_each(thread, &t->threads)
		vec_release(&thread->comms);
	vec_release(&t->processes);
	vec_release(&t->threads);
	vec_release(&t->cgroups);
	hashmap_release(&t->by_pid);
	hashmap_release(&t->by_tid);
	hashmap_release(&t->by_cgroup);
	space_table_release(&t->spaces);
}

space_id process_space(const struct process_table *t, uint32_t pid, uint64_t time)
{
	const struct process *p = process_find(t, pid);

	return p && p->spaces.n ? entry_at(&p->spaces, time)->space : SPACE_NONE;
}

str_id process_comm(const struct process_table *t, uint32_t pid, uint32_t tid,
		    uint64_t time)
{
	const struct thread *thread = thread_find(t, tid);

	if (!thread)
		thread = thread_find(t, pid);
	return thread && thread->comms.n ? entry_at(&thread->comms, time)->comm : 0;
}

struct task_view process_view(const struct process_table *t, uint32_t pid, uint32_t tid,
			      uint64_t time)
{
	struct task_view v = {.space = SPACE_NONE, .until = UINT64_MAX};
	const struct process *p = process_find(t, pid);
	const struct thread *thread = thread_find(t, tid);

	if (!thread)
		thread = thread_find(t, pid);
	if (thread && thread->comms.n) {
		const struct comm_since *comm = entry_at(&thread->comms, time);

		v.comm = comm->comm;
		narrow_to(&thread->comms, comm, &v.from, &v.until);
	}
	if (p && p->spaces.n) {
		const struct space_since *space = entry_at(&p->spaces, time);

		v.space = space->space;
		narrow_to(&p->spaces, space, &v.from, &v.until);
	}
	/* Both epochs only grow with time, so that their sum changes with each of
	 * them. */
	v.epoch = space_epoch(&t->spaces, v.space, time, &v.from, &v.until) +
		  space_epoch(&t->spaces, t->kernel, time, &v.from, &v.until);
	return v;
}

str_id process_cgroup(const struct process_table *t, uint64_t id)
{
	uint32_t i = hashmap_find(&t->by_cgroup, hash_u64(id, 3), v,
				  t->cgroups.items[v].id == id);

	return i == HASHMAP_NONE ? 0 : t->cgroups.items[i].path;
}

static void map_code(struct process_table *t, const struct event *ev)
{
	const struct event_mmap *m = &ev->mmap;
	space_id space = t->kernel;
	struct dso dso = {
		.kind = dso_kind_of(m->path, m->is_kernel),
		.path = strtab_add(t->strings, m->path),
		.build_id = m->build_id,
		.major = m->major,
		.minor = m->minor,
		.inode = m->inode,
		.generation = m->generation,
		.pid = ev->pid,
	};
	struct mapping map = {.start = m->addr,
			      .end = m->addr + m->len,
			      .file_off = m->file_off,
			      .from = ev->time};

	if (!m->is_kernel) {
		space = process_space(t, ev->pid, UINT64_MAX);
		if (space == SPACE_NONE) {
			space = space_new(&t->spaces, SPACE_NONE, ev->time);
			process_set_space(t, ev->pid, ev->time, space);
		}
	}
	map.dso = dso_add(t->dsos, &dso);
	space_map(&t->spaces, space, &map);
}

static void apply_mmap(struct process_table *t, const struct event *ev)
{
	if (ev->mmap.is_exec)
		map_code(t, ev);
}

static void apply_comm(struct process_table *t, const struct event *ev)
{
	thread_set_comm(t, ev->tid, ev->time, strtab_add(t->strings, ev->comm.comm));
	if (ev->comm.is_exec)
		process_set_space(t, ev->pid, ev->time,
				  space_new(&t->spaces, SPACE_NONE, ev->time));
}

static void apply_fork(struct process_table *t, const struct event *ev)
{
	const struct event_fork *f = &ev->fork;
	str_id comm = process_comm(t, f->parent_pid, f->parent_tid, ev->time);
	space_id parent;

	if (comm)
		thread_set_comm(t, ev->tid, ev->time, comm);
	/* A thread shares all; the maps of a synthesized process have records of their
	 * own. */
	if (ev->pid == f->parent_pid || f->is_synthesized)
		return;
	parent = process_space(t, f->parent_pid, UINT64_MAX);
	process_set_space(t, ev->pid, ev->time, space_new(&t->spaces, parent, ev->time));
}

static void apply_ksymbol(struct process_table *t, const struct event *ev)
{
	const struct event_ksymbol *k = &ev->ksymbol;
	struct dso dso = {.kind = DSO_BPF, .path = strtab_add(t->strings, k->name)};
	struct mapping map = {.start = k->addr,
			      .end = k->addr + k->len,
			      .file_off = k->addr,
			      .from = ev->time};

	if (k->is_gone)
		return;
	map.dso = dso_add(t->dsos, &dso);
	space_map(&t->spaces, t->kernel, &map);
}

static void apply_cgroup(struct process_table *t, const struct event *ev)
{
	if (process_cgroup(t, ev->cgroup.id))
		return;
	hashmap_put(&t->by_cgroup, hash_u64(ev->cgroup.id, 3), narrow_u32(t->cgroups.n));
	vec_push(&t->cgroups, ((struct cgroup){ev->cgroup.id,
					       strtab_add(t->strings, ev->cgroup.path)}));
}

void process_apply(struct process_table *t, const struct event *ev)
{
	static void (*const appliers[EVENT_KINDS])(struct process_table *,
						   const struct event *) = {
		[EVENT_MMAP] = apply_mmap,     [EVENT_COMM] = apply_comm,
		[EVENT_FORK] = apply_fork,     [EVENT_KSYMBOL] = apply_ksymbol,
		[EVENT_CGROUP] = apply_cgroup,
	};

	assert(ev->kind < EVENT_KINDS);
	if (appliers[ev->kind])
		appliers[ev->kind](t, ev);
}
