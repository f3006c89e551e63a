/* Which samples of a recording count, and what stands at the root of their stacks. */
#pragma once

#include "base/error.h"
#include "model/process.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum root_part {
	ROOT_COMM,
	ROOT_PID,
	ROOT_TID,
	ROOT_CPU,
	ROOT_CONTAINER,
	ROOT_PARTS,
};

enum { SELECTION_CPUS = 8192 };

struct selection {
	enum root_part by[ROOT_PARTS]; /* the rows at the root, outermost first */
	size_t n_by;		       /* 0: the comm alone */
	bool pid, tid;		       /* behind the comm: comm-PID, comm-PID/TID */

	const char
		*event; /* by its name, "all": of any; NULL: the one with most samples */
	const char *comms; /* only these, with ',' between them; NULL: all */
	bool has_time;
	uint64_t from, to; /* ns since the first sample, [from, to) */
	bool has_cpus;
	uint64_t cpus[SELECTION_CPUS / 64];
};

/* "comm,pid,tid,cpu,container" -> by. False where a word is none of these, or there twice. */
bool selection_parse_by(struct selection *s, const char *text);

/* "0-3,8" -> cpus. */
bool selection_parse_cpus(struct selection *s, const char *text);

/* "1.5,3", "1.5," or ",3": seconds since the first sample. */
bool selection_parse_time(struct selection *s, const char *text);

/* One root: whose samples have the same parts. Parts that are not asked for are zero, but for the
 * tid of a thread without a comm. */
struct root {
	str_id comm, container;
	uint32_t pid, tid, cpu;
	bool is_idle_task;
};

struct root_table {
	struct hashmap by_hash;
	VEC(struct root) items;
};

#define ROOT_NONE UINT32_MAX

void root_table_release(struct root_table *t);

/* The number of a root, added when it is new. */
uint32_t root_table_add(struct root_table *t, const struct root *like);

/* Whether a sample counts, as far as its own fields say. 'start' is the time of the first one. */
bool selection_wants(const struct selection *s, const struct event *ev, uint64_t start);

/* The number of the root that a sample belongs to, whose thread is called 'comm' (0: nobody knows);
 * ROOT_NONE where that is not to be counted. */
uint32_t selection_root(const struct selection *s, struct root_table *roots,
			const struct process_table *procs, const struct event *ev,
			str_id comm);

/* Whether all samples of one thread, as long as it has one name, have the same root. */
bool selection_is_by_thread(const struct selection *s);

/* The frames of a root, outermost first, into 'frames', which has room for ROOT_PARTS; their
 * number. */
size_t root_frames(const struct selection *s, const struct root *root, struct profile *p,
		   frame_id *frames);
