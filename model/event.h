/* Events: decoded kernel records. Their pointers point into the buffer from which they
 * were decoded. */
#pragma once

#include "model/build_id.h"
#include "model/sample.h"

#include <stdbool.h>
#include <stdint.h>

enum event_kind {
	/* a record that flame does not need */
	EVENT_OTHER,
	EVENT_SAMPLE,
	EVENT_MMAP,
	EVENT_COMM,
	EVENT_FORK,
	EVENT_EXIT,
	EVENT_LOST,
	EVENT_LOST_SAMPLES,
	/* hardware trace data, which flame does not decode */
	EVENT_AUX,
	/* code of the kernel that was changed */
	EVENT_TEXT_POKE,
	EVENT_THROTTLE,
	EVENT_UNTHROTTLE,
	EVENT_KSYMBOL,
	EVENT_BPF,
	EVENT_CGROUP,
	EVENT_KINDS,
};

/* An unknown time; it is before all others. */
#define EVENT_NO_TIME 0

/* The pid and tid of all processes outside of the recorder's pid namespace. The kernel
 * gives them 0, which is the idle task's, too. */
#define PID_OUTSIDE ((uint32_t)-2)

struct event_mmap {
	uint64_t addr, len;
	uint64_t file_off;
	uint32_t major, minor;
	uint64_t inode, generation;
	/* size 0: the record has none */
	struct build_id build_id;
	const char *path;
	/* kernel text or a module */
	bool is_kernel;
	bool is_exec;
};

struct event_comm {
	const char *comm;
	bool is_exec;
};

struct event_fork {
	uint32_t parent_pid, parent_tid;
	/* Written by a recorder for a task that existed before the recording: the child
	 * inherits no maps. */
	bool is_synthesized;
};

struct event_lost {
	uint64_t count;
	/* for EVENT_LOST: the kernel's id of the perf event in whose ring records were
	 * lost */
	uint64_t id;
	/* The lost records were no samples, but records of processes and mappings. */
	bool is_side_band;
};

struct event_aux {
	/* bytes */
	uint64_t size;
	bool is_incomplete;
};

struct event_ksymbol {
	uint64_t addr;
	uint32_t len;
	bool is_bpf;
	bool is_gone;
	const char *name;
};

struct event_cgroup {
	/* inode of the cgroup's directory */
	uint64_t id;
	const char *path;
};

struct event {
	enum event_kind kind;
	/* PERF_RECORD_*, or one of perf's own types from 64 up */
	uint32_t type;
	/* position of the record in the file */
	uint64_t at;
	uint32_t pid, tid;
	/* UINT32_MAX: unknown */
	uint32_t cpu;
	/* ns on the recording's clock, or EVENT_NO_TIME */
	uint64_t time;
	/* the kernel's id of the perf event that made the record; 0: unknown */
	uint64_t id;
	/* index of this perf event in the recording */
	uint32_t event;
	/* by kind */
	union {
		struct sample sample;
		struct event_mmap mmap;
		struct event_comm comm;
		struct event_fork fork;
		struct event_lost lost;
		struct event_aux aux;
		struct event_ksymbol ksymbol;
		struct event_cgroup cgroup;
	};
};
