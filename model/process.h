/* Who ran, under which name, in which address space, at which time: built from the side band
 * of a recording, asked by its samples. */
#pragma once

#include "base/hashmap.h"
#include "base/strtab.h"
#include "model/dso.h"
#include "model/event.h"
#include "model/space.h"

#include <stdint.h>

struct process_table {
	struct strtab *strings; /* somebody else's */
	struct dso_table *dsos; /* somebody else's */
	struct space_table spaces;
	space_id kernel; /* the kernel's text, modules and BPF programs */

	struct hashmap by_pid, by_tid, by_cgroup;
	VEC(struct process) processes;
	VEC(struct thread) threads;
	VEC(struct cgroup) cgroups;
};

struct process {
	uint32_t pid;
	VEC(struct space_since) spaces;
};

struct space_since {
	uint64_t from;
	space_id space;
};

struct thread {
	uint32_t tid;
	VEC(struct comm_since) comms;
};

struct comm_since {
	uint64_t from;
	str_id comm;
};

struct cgroup {
	uint64_t id;
	str_id path;
};

void process_table_init(struct process_table *t, struct strtab *strings,
			struct dso_table *dsos);
void process_table_release(struct process_table *t);

/* Takes notice of one event of the side band; others are ignored. Events come in the order of
 * their times. A fork shares the parent's maps, an exec starts with none. */
void process_apply(struct process_table *t, const struct event *ev);

/* The address space of a process at a time, or SPACE_NONE for one that was never heard of. */
space_id process_space(const struct process_table *t, uint32_t pid, uint64_t time);

/* The name of a thread at a time, its process's name where it has none of its own; 0 for one
 * that was never heard of. */
str_id process_comm(const struct process_table *t, uint32_t pid, uint32_t tid,
		    uint64_t time);

/* What a thread was at a time, and for how long around it. */
struct task_view {
	str_id comm;	/* as process_comm() says */
	space_id space; /* as process_space() says */
	/* Another number for other times at which some look-up in that space, or in the kernel's,
	 * would find something else. */
	uint32_t epoch;
	uint64_t from, until; /* all of this holds in [from, until) */
};

struct task_view process_view(const struct process_table *t, uint32_t pid, uint32_t tid,
			      uint64_t time);

/* The path of a cgroup, or 0. */
str_id process_cgroup(const struct process_table *t, uint64_t id);
