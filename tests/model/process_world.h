/* A process table with its strings and dsos, and events for it. */
#pragma once

#include "base/scoped.h"
#include "model/process.h"
#include "tests/test.h"

struct world {
	struct strtab strings;
	struct dso_table dsos;
	struct process_table t;
};

static inline int world_make(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));

	strtab_init(&w->strings);
	dso_table_init(&w->dsos, &w->strings);
	process_table_init(&w->t, &w->strings, &w->dsos);
	*state = w;
	return 0;
}

static inline int world_clear(void **state)
{
	struct world *w = *state;

	process_table_release(&w->t);
	dso_table_release(&w->dsos);
	strtab_release(&w->strings);
	mem_free(w);
	return 0;
}

static inline void mmap_at(struct world *w, uint32_t pid, uint64_t time, uint64_t addr,
			   const char *path)
{
	process_apply(&w->t, &(struct event){.kind = EVENT_MMAP,
					     .pid = pid,
					     .tid = pid,
					     .time = time,
					     .mmap = {.addr = addr,
						      .len = 0x1000,
						      .file_off = 0x2000,
						      .inode = 1,
						      .path = path,
						      .is_exec = true}});
}

static inline void comm(struct world *w, uint32_t pid, uint32_t tid, uint64_t time,
			const char *name, bool is_exec)
{
	process_apply(&w->t, &(struct event){.kind = EVENT_COMM,
					     .pid = pid,
					     .tid = tid,
					     .time = time,
					     .comm = {.comm = name, .is_exec = is_exec}});
}

static inline void fork_at(struct world *w, uint32_t parent, uint32_t pid, uint32_t tid,
			   uint64_t time)
{
	process_apply(&w->t, &(struct event){.kind = EVENT_FORK,
					     .pid = pid,
					     .tid = tid,
					     .time = time,
					     .fork = {.parent_pid = parent,
						      .parent_tid = parent}});
}

/* The path of what a process had at an address, "" for nothing. */
static inline const char *path_at(struct world *w, uint32_t pid, uint64_t addr,
				  uint64_t time)
{
	const struct mapping *m =
		space_find(&w->t.spaces, process_space(&w->t, pid, time), addr, time);

	return m ? strtab_str(&w->strings, dso_at(&w->dsos, m->dso)->path) : "";
}

static inline const char *comm_at(struct world *w, uint32_t pid, uint32_t tid,
				  uint64_t time)
{
	return strtab_str(&w->strings, process_comm(&w->t, pid, tid, time));
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, world_make, world_clear)
