#include "model/process.h"

#include "base/bisect.h"
#include "base/narrow.h"

#include <assert.h>

enum {
	NEW_MIN = 8192,	      /* entries */
	EXIT_NS = 1000000000, /* for which a task may have samples after its exit */
};

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

/* Appends an entry to a list, before entries of later times: records that a recorder held
 * back have none. */
#define entry_add(list, entry)                                                           \
	do {                                                                             \
		size_t at_ = (list)->n;                                                  \
		vec_push(list, entry);                                                   \
		for (; at_ && (list)->items[at_ - 1].from > (entry).from; at_--)         \
			(list)->items[at_] = (list)->items[at_ - 1];                     \
		(list)->items[at_] = (entry);                                            \
	} while (0)

/* Adds a space to a process, which is added if it is new. */
static void process_set_space(struct process_table *t, uint32_t pid, uint64_t time,
			      space_id space)
{
	struct process *p = process_find(t, pid);
	struct space_since since = {time, space};

	if (!p) {
		hashmap_put(&t->by_pid, hash_u64(pid, 1), narrow_u32(t->processes.n));
		p = vec_add(&t->processes);
		p->pid = pid;
	}
	p->ended = PROCESS_RUNS;
	entry_add(&p->spaces, since);
	t->n_new++;
}

/* Returns a thread that runs, and is added if it is new. */
static struct thread *thread_run(struct process_table *t, uint32_t pid, uint32_t tid,
				 uint64_t time)
{
	struct thread *thread = thread_find(t, tid);

	if (!thread) {
		hashmap_put(&t->by_tid, hash_u64(tid, 2), narrow_u32(t->threads.n));
		thread = vec_add(&t->threads);
		thread->tid = tid;
	}
	thread->pid = pid;
	thread->seen = time;
	thread->ended = PROCESS_RUNS;
	t->n_new++;
	return thread;
}

static void thread_set_name(struct thread *thread, uint64_t time, str_id name)
{
	struct comm_since since = {time, name};

	entry_add(&thread->comms, since);
}

/* A thread that has a name, else its process, else NULL. */
static const struct thread *thread_with_comm(const struct process_table *t, uint32_t pid,
					     uint32_t tid)
{
	const struct thread *thread = thread_find(t, tid);

	if (!thread || !thread->comms.n)
		thread = thread_find(t, pid);
	return thread && thread->comms.n ? thread : NULL;
}

void process_table_init(struct process_table *t, struct strtab *strings,
			struct dso_table *dsos)
{
	*t = (struct process_table){.strings = strings, .dsos = dsos};
	t->kernel = space_new(&t->spaces, SPACE_NONE);
	strtab_init(&t->names);
	thread_set_name(thread_run(t, 0, 0, EVENT_NO_TIME), EVENT_NO_TIME,
			strtab_add(&t->names, "swapper"));
	t->outside = space_new(&t->spaces, SPACE_NONE);
	thread_set_name(thread_run(t, PID_OUTSIDE, PID_OUTSIDE, EVENT_NO_TIME),
			EVENT_NO_TIME, strtab_add(&t->names, PROCESS_OUTSIDE_NAME));
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
	vec_release(&t->name_ids);
	strtab_release(&t->names);
	hashmap_release(&t->by_pid);
	hashmap_release(&t->by_tid);
	hashmap_release(&t->by_cgroup);
	space_table_release(&t->spaces);
}

space_id process_space(const struct process_table *t, uint32_t pid, uint64_t time)
{
	const struct process *p = process_find(t, pid);

	if (pid == PID_OUTSIDE)
		return t->outside;
	return p && p->spaces.n ? entry_at(&p->spaces, time)->space : SPACE_NONE;
}

/* The id in 'strings' of a name. */
static str_id comm_of_name(const struct process_table *t, str_id name)
{
	if (name < t->name_ids.n)
		return t->name_ids.items[name];
	return strtab_add(t->strings, strtab_str(&t->names, name));
}

void process_table_finish(struct process_table *t)
{
	for (size_t i = t->name_ids.n; i < t->names.entries.n; i++) {
		str_id comm = comm_of_name(t, narrow_u32(i));

		vec_push(&t->name_ids, comm);
	}
}

bool process_table_is_finished(const struct process_table *t)
{
	return t->name_ids.n == t->names.entries.n;
}

static str_id name_at(const struct process_table *t, uint32_t pid, uint32_t tid,
		      uint64_t time)
{
	const struct thread *thread = thread_with_comm(t, pid, tid);

	return thread ? entry_at(&thread->comms, time)->name : 0;
}

str_id process_comm(const struct process_table *t, uint32_t pid, uint32_t tid,
		    uint64_t time)
{
	return comm_of_name(t, name_at(t, pid, tid, time));
}

struct task_view process_view(const struct process_table *t, uint32_t pid, uint32_t tid,
			      uint64_t time)
{
	struct task_view v = {.space = pid == PID_OUTSIDE ? t->outside : SPACE_NONE,
			      .until = UINT64_MAX};
	const struct process *p = process_find(t, pid);
	const struct thread *thread = thread_with_comm(t, pid, tid);

	if (thread) {
		const struct comm_since *comm = entry_at(&thread->comms, time);

		v.comm = comm_of_name(t, comm->name);
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

static void process_map(struct process_table *t, space_id space, const struct mapping *m)
{
	size_t used = t->spaces.pool.used;

	space_map(&t->spaces, space, m);
	if (t->spaces.pool.used > used)
		t->n_new += t->spaces.pool.used - used;
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
			space = space_new(&t->spaces, SPACE_NONE);
			process_set_space(t, ev->pid, ev->time, space);
		}
	}
	map.dso = dso_add(t->dsos, &dso);
	/* Memory without a file has no place in one: pages that a program maps one by one
	 * are one mapping. */
	if (dso.kind == DSO_ANON)
		map.file_off = map.start;
	process_map(t, space, &map);
}

static void apply_mmap(struct process_table *t, const struct event *ev)
{
	if (ev->mmap.is_exec && !(ev->mmap.is_kernel && t->has_spaces_only))
		map_code(t, ev);
}

static void apply_comm(struct process_table *t, const struct event *ev)
{
	struct thread *thread = thread_run(t, ev->pid, ev->tid, ev->time);

	if (!t->has_spaces_only)
		thread_set_name(thread, ev->time, strtab_add(&t->names, ev->comm.comm));
	if (!ev->comm.is_exec)
		return;
	process_set_space(t, ev->pid, ev->time, space_new(&t->spaces, SPACE_NONE));
	process_find(t, ev->pid)->executed = ev->time;
}

static void apply_fork(struct process_table *t, const struct event *ev)
{
	const struct event_fork *f = &ev->fork;
	str_id name = name_at(t, f->parent_pid, f->parent_tid, ev->time);
	struct thread *thread = thread_run(t, ev->pid, ev->tid, ev->time);
	space_id parent;

	if (name && f->parent_pid != PID_OUTSIDE)
		thread_set_name(thread, ev->time, name);
	/* A thread shares all; the maps of a synthesized process have records of their
	 * own. */
	if (ev->pid == f->parent_pid || f->is_synthesized)
		return;
	parent = process_space(t, f->parent_pid, UINT64_MAX);
	process_set_space(t, ev->pid, ev->time, space_new(&t->spaces, parent));
}

static void apply_exit(struct process_table *t, const struct event *ev)
{
	struct thread *thread = thread_find(t, ev->tid);
	struct process *p = ev->pid == ev->tid ? process_find(t, ev->pid) : NULL;

	if (thread)
		thread->ended = ev->time;
	if (p)
		p->ended = ev->time;
}

static void apply_ksymbol(struct process_table *t, const struct event *ev)
{
	const struct event_ksymbol *k = &ev->ksymbol;
	struct dso dso = {.kind = DSO_BPF, .path = strtab_add(t->strings, k->name)};
	struct mapping map = {.start = k->addr,
			      .end = k->addr + k->len,
			      .file_off = k->addr,
			      .from = ev->time};

	if (k->is_gone || t->has_spaces_only)
		return;
	map.dso = dso_add(t->dsos, &dso);
	process_map(t, t->kernel, &map);
}

static void apply_cgroup(struct process_table *t, const struct event *ev)
{
	if (t->has_spaces_only || process_cgroup(t, ev->cgroup.id))
		return;
	hashmap_put(&t->by_cgroup, hash_u64(ev->cgroup.id, 3), narrow_u32(t->cgroups.n));
	vec_push(&t->cgroups, ((struct cgroup){ev->cgroup.id,
					       strtab_add(t->strings, ev->cgroup.path)}));
}

void process_apply(struct process_table *t, const struct event *ev)
{
	static void (*const appliers[EVENT_KINDS])(struct process_table *,
						   const struct event *) = {
		[EVENT_MMAP] = apply_mmap,	 [EVENT_COMM] = apply_comm,
		[EVENT_FORK] = apply_fork,	 [EVENT_EXIT] = apply_exit,
		[EVENT_KSYMBOL] = apply_ksymbol, [EVENT_CGROUP] = apply_cgroup,
	};

	assert(ev->kind < EVENT_KINDS);
	if (ev->pid == PID_OUTSIDE)
		t->has_outside = true;
	else if (appliers[ev->kind])
		appliers[ev->kind](t, ev);
}

bool process_table_has_grown(const struct process_table *t)
{
	return t->n_new > 2 * t->n_left + NEW_MIN;
}

/* The times of one process or thread that are looked up. */
struct task_needs {
	uint64_t from;
	const struct sample_times *samples; /* or NULL */
	uint32_t id;
};

/* Whether a time in [first, last] is needed. */
static bool task_is_needed(const void *data, uint64_t first, uint64_t last)
{
	const struct task_needs *needs = data;

	return last >= needs->from ||
	       (needs->samples &&
		sample_times_any(needs->samples, needs->id, first, last));
}

/* Keeps the entries of a list that hold at a needed time, and calls 'drop' for the
 * others. The last one holds until 'ended'. */
#define list_forget(list, ended, needs, drop)                                            \
	do {                                                                             \
		size_t kept_ = 0, n_ = (list)->n;                                        \
		for (size_t i_ = 0; i_ < n_; i_++) {                                     \
			typeof((list)->items) e_ = &(list)->items[i_];                   \
			uint64_t last_ = i_ + 1 < n_ ? e_[1].from - 1 : ended;           \
			if (task_is_needed((needs), i_ ? e_->from : 0, last_))           \
				(list)->items[kept_++] = *e_;                            \
			else                                                             \
				drop;                                                    \
		}                                                                        \
		(list)->n = kept_;                                                       \
	} while (0)

/* A task has samples for a while after its exit: the kernel still works for it. */
static uint64_t after_exit(uint64_t ended)
{
	return ended < UINT64_MAX - EXIT_NS ? ended + EXIT_NS : UINT64_MAX;
}

/* Returns whether the thread is still needed. */
static bool thread_forget(struct thread *thread, uint64_t from,
			  const struct sample_times *samples)
{
	const struct task_needs needs = {from, samples, thread->tid};
	uint64_t ended = after_exit(thread->ended);

	list_forget(&thread->comms, ended, &needs, (void)0);
	return thread->comms.n || task_is_needed(&needs, ended, ended);
}

/* The same of a process. */
static bool process_forget(struct process_table *t, struct process *p, uint64_t from,
			   const struct sample_times *samples)
{
	const struct task_needs task = {from, samples, p->pid};
	const struct space_needs times = {from, samples ? task_is_needed : NULL, &task};
	uint64_t ended = p->has_threads ? PROCESS_RUNS : after_exit(p->ended);
	const struct space_since *s;

	list_forget(&p->spaces, ended, &task, space_free(&t->spaces, e_->space));
	vec_each(s, &p->spaces) {
		space_forget(&t->spaces, s->space, &times);
		t->n_left += t->spaces.items.items[s->space].versions.n;
	}
	return p->spaces.n;
}

static void threads_forget(struct process_table *t, uint64_t from,
			   const struct sample_times *samples)
{
	size_t kept = 0;

	hashmap_release(&t->by_tid);
	for (size_t i = 0; i < t->threads.n; i++) {
		struct thread *thread = &t->threads.items[i];
		struct process *p = process_find(t, thread->pid);

		/* A thread that becomes the first one by an exec has no exit. */
		if (p && thread->seen < p->executed && thread->ended > p->executed)
			thread->ended = p->executed;
		if (p && thread->ended == PROCESS_RUNS)
			p->has_threads = true;
		if (!thread_forget(thread, from, samples)) {
			vec_release(&thread->comms);
			continue;
		}
		vec_shrink(&thread->comms);
		hashmap_put(&t->by_tid, hash_u64(thread->tid, 2), narrow_u32(kept));
		t->threads.items[kept++] = *thread;
	}
	t->threads.n = kept;
}

static void processes_forget(struct process_table *t, uint64_t from,
			     const struct sample_times *samples)
{
	size_t kept = 0;

	hashmap_release(&t->by_pid);
	for (size_t i = 0; i < t->processes.n; i++) {
		struct process *p = &t->processes.items[i];

		if (!process_forget(t, p, from, samples)) {
			vec_release(&p->spaces);
			continue;
		}
		p->has_threads = false;
		vec_shrink(&p->spaces);
		hashmap_put(&t->by_pid, hash_u64(p->pid, 1), narrow_u32(kept));
		t->processes.items[kept++] = *p;
	}
	t->processes.n = kept;
}

/* Strings cannot be removed, so the ones in use move to a new table. */
static void names_forget(struct process_table *t)
{
	struct strtab left;
	struct thread *thread;
	struct comm_since *c;

	if (t->names.entries.n < 2 * t->threads.n + NEW_MIN)
		return;
	strtab_init(&left);
	vec_each(thread, &t->threads)
		vec_each(c, &thread->comms)
			c->name = strtab_add(&left, strtab_str(&t->names, c->name));
	strtab_release(&t->names);
	t->names = left;
	t->name_ids.n = 0;
}

void process_table_forget(struct process_table *t, uint64_t from,
			  const struct sample_times *samples)
{
	t->n_left = 0;
	threads_forget(t, from, samples);
	names_forget(t);
	processes_forget(t, from, samples);
	t->n_left += t->threads.n + t->spaces.pool.used;
	t->n_new = 0;
}
