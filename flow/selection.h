/* Selects the samples of a recording that are counted, and chooses the roots of their
 * stacks. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"
#include "model/container_info.h"
#include "model/process.h"
#include "model/profile.h"
#include "record/cpu_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Properties of a sample that can be a frame at the root of its stack. */
enum root_part {
	ROOT_COMM,
	ROOT_PID,
	ROOT_TID,
	ROOT_CPU,
	ROOT_CONTAINER,
	ROOT_PARTS,
};

/* A zeroed selection has all samples of the event with most samples, and roots by
 * comm. */
struct selection {
	/* frames at the root, outermost first; n_by 0: the comm only */
	enum root_part by[ROOT_PARTS];
	size_t n_by;
	/* append to the comm: comm-PID, comm-PID/TID */
	bool pid, tid;

	/* name of the event; "all" for all events; NULL: the event with most samples */
	const char *event;
	/* names of processes, separated by ','; NULL: all */
	const char *comms;
	/* time since the first sample in ns, from <= time < to */
	bool has_time;
	uint64_t from, to;
	bool has_cpus; /* only samples of these CPUs */
	struct cpu_set cpus;
};

/* Reads a list of root parts, "comm,pid,tid,cpu,container" for example. Returns false for
 * an unknown word, and for a word that is in the list twice. */
bool selection_parse_by(struct selection *s, const char *text);

/* Reads a list of CPUs, "0-3,8" for example. Returns false if it is none. */
bool selection_parse_cpus(struct selection *s, const char *text);

/* Reads seconds since the first sample: "1.5,3", "1.5," or ",3". Returns false if they
 * are not, or if the interval is empty. */
bool selection_parse_time(struct selection *s, const char *text);

/* Whether the list of processes of the selection has this name, which is not
 * terminated. */
bool selection_has_comm(const struct selection *s, const char *comm, size_t len);

/* Whether the sample is in the selected time and on a selected CPU. 'start' is the time
 * of the first sample. */
bool selection_wants(const struct selection *s, const struct event *ev, uint64_t start);

/* Whether a thread keeps its root as long as it keeps its comm: CPU and container differ
 * from sample to sample. */
bool selection_is_by_thread(const struct selection *s);

/* The root of a stack. Parts that the selection does not use are 0, except the tid of a
 * thread without a comm. Equal roots belong together. */
struct root {
	str_id comm, container;
	uint32_t pid, tid, cpu;
	bool is_idle_task; /* pid 0 */
	bool is_outside;   /* PID_OUTSIDE */
};

#define ROOT_NONE UINT32_MAX

/* All roots of a recording, each once. Zero-initialize. */
struct root_table {
	struct hashmap by_hash;
	VEC(struct root) items;
};

void root_table_release(struct root_table *t);

/* Returns the index of a root, which is added if it is new. */
uint32_t root_table_add(struct root_table *t, const struct root *root);

/* Returns the index of the root of a sample, or ROOT_NONE if its comm is not selected.
 * 'comm' is the name of the sample's thread, 0 if it is unknown. */
uint32_t selection_root(const struct selection *s, struct root_table *roots,
			const struct process_table *procs, const struct event *ev,
			str_id comm);

/* Stores the frames of a root, outermost first, in 'frames', an array of ROOT_PARTS.
 * 'containers' are the names that the recording has of containers. 'task' replaces
 * comm, pid and tid (NULL: nothing does). Returns their number, which is the same for
 * all roots of a selection. */
size_t root_frames(const struct selection *s, const struct root *root,
		   const struct container_infos *containers, const char *task,
		   struct profile *p, frame_id *frames);
