/* Processes over time: the name and the address space of each thread at each time. Built
 * from the side band of a recording (its records of forks, execs and mappings), used to
 * look samples up. */
#pragma once

#include "base/hashmap.h"
#include "base/strtab.h"
#include "model/dso.h"
#include "model/event.h"
#include "model/sample_times.h"
#include "model/space.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process_table {
	/* not owned */
	struct strtab *strings;
	struct dso_table *dsos;
	struct space_table spaces;
	/* kernel text, modules and BPF programs */
	space_id kernel;
	/* address space of PID_OUTSIDE, always empty: that of no process */
	space_id outside;
	/* The table has applied an event of PID_OUTSIDE. */
	bool has_outside;
	/* Set it after process_table_init() if only spaces of processes are looked up:
	 * then the table keeps no names, no cgroups and no kernel code. */
	bool has_spaces_only;

	/* Private: names of threads, and their ids in 'strings', which the first ones
	 * have. */
	struct strtab names;
	VEC(str_id) name_ids;

	struct hashmap by_pid, by_tid, by_cgroup;
	VEC(struct process) processes;
	VEC(struct thread) threads;
	VEC(struct cgroup) cgroups;
	/* Private: entries of processes, threads and spaces that were made since the last
	 * process_table_forget(), and those that it left. */
	size_t n_new, n_left;
};

/* The 'ended' of a process or thread that runs. */
#define PROCESS_RUNS UINT64_MAX

struct process {
	uint32_t pid;
	/* a thread of it runs; set by process_table_forget() */
	bool has_threads;
	/* time of its last exec, which ended its other threads, or 0 */
	uint64_t executed;
	/* time of the exit of its first thread, or PROCESS_RUNS */
	uint64_t ended;
	/* ascending by time */
	VEC(struct space_since) spaces;
};

struct space_since {
	/* time, ns */
	uint64_t from;
	space_id space;
};

struct thread {
	uint32_t pid, tid;
	/* time of its last record but its exit */
	uint64_t seen;
	/* time of its exit, or PROCESS_RUNS */
	uint64_t ended;
	/* ascending by time */
	VEC(struct comm_since) comms;
};

struct comm_since {
	/* time, ns */
	uint64_t from;
	str_id name; /* in 'names' */
};

enum { CGROUP_TOPMOST = 1 }; /* id of the topmost cgroup of every hierarchy */

struct cgroup {
	uint64_t id;
	str_id path;
};

/* Name of all processes outside of the recorder's pid namespace. */
#define PROCESS_OUTSIDE_NAME "[outside this pid namespace]"

/* Makes a table that holds the kernel and its idle task, and PID_OUTSIDE. */
void process_table_init(struct process_table *t, struct strtab *strings,
			struct dso_table *dsos);
void process_table_release(struct process_table *t);

/* Applies one event of the side band; ignores other kinds of events, and mappings that
 * are not executable. Events of PID_OUTSIDE change nothing. Events must come in the order
 * of their times. A forked process shares the mappings of its parent; after an exec a
 * process has none. */
void process_apply(struct process_table *t, const struct event *ev);

/* Whether the table has grown so much that process_table_forget() is worth its time,
 * which is linear in the size of the table. */
bool process_table_has_grown(const struct process_table *t);

/* Drops all state that no look-up needs: look-ups are for times from 'from' on, and for
 * those of 'samples' (NULL: none). Processes and threads that have ended before are
 * forgotten. */
void process_table_forget(struct process_table *t, uint64_t from,
			  const struct sample_times *samples);

/* After the last event: from now on several threads may look up. */
void process_table_finish(struct process_table *t);
bool process_table_is_finished(const struct process_table *t);

/* Returns the address space of a process at a time, or SPACE_NONE for an unknown process.
 * For a time before the first event of the process, returns its first address space. */
space_id process_space(const struct process_table *t, uint32_t pid, uint64_t time);

/* Returns the name of a thread at a time, or 0 if it is unknown. May add it to the
 * strings before process_table_finish(). For a thread without a
 * name, returns that of its process. For a time before a thread's first name, returns
 * this first name. */
str_id process_comm(const struct process_table *t, uint32_t pid, uint32_t tid,
		    uint64_t time);

/* The state of a thread at a time. It is the same for all times in [from, until). */
struct task_view {
	/* result of process_comm() */
	str_id comm;
	/* result of process_space() */
	space_id space;
	/* Differs between two times if any look-up in this space or in the kernel's
	 * differs. */
	uint32_t epoch;
	uint64_t from, until;
};

struct task_view process_view(const struct process_table *t, uint32_t pid, uint32_t tid,
			      uint64_t time);

/* Returns the path of a cgroup, or 0 if it is unknown. */
str_id process_cgroup(const struct process_table *t, uint64_t id);
