/* One decoded kernel record. Its pointers lead into the buffer it was decoded from. */
#pragma once

#include "model/build_id.h"
#include "model/sample.h"

#include <stdbool.h>
#include <stdint.h>

enum event_kind {
	EVENT_OTHER, /* known or not: nothing that flame needs */
	EVENT_SAMPLE,
	EVENT_MMAP,
	EVENT_COMM,
	EVENT_FORK,
	EVENT_EXIT,
	EVENT_LOST,
	EVENT_LOST_SAMPLES,
	EVENT_THROTTLE,
	EVENT_UNTHROTTLE,
	EVENT_KSYMBOL,
	EVENT_BPF,
	EVENT_CGROUP,
	EVENT_KINDS,
};

/* A time that is not known: before everything. */
#define EVENT_NO_TIME 0

struct event_mmap {
	uint64_t addr, len;
	uint64_t file_off;
	uint32_t major, minor;
	uint64_t inode, generation;
	struct build_id build_id; /* size 0 where the record has none */
	const char *path;
	bool is_kernel; /* kernel text or a module */
	bool is_exec;
};

struct event_comm {
	const char *comm;
	bool is_exec;
};

struct event_fork {
	uint32_t parent_pid, parent_tid;
	bool is_synthesized; /* told by a recorder of a task that ran before it: no maps pass */
};

struct event_lost {
	uint64_t count;
};

struct event_ksymbol {
	uint64_t addr;
	uint32_t len;
	bool is_bpf;
	bool is_gone;
	const char *name;
};

struct event_cgroup {
	uint64_t id; /* inode of the cgroup's directory */
	const char *path;
};

struct event {
	enum event_kind kind;
	uint32_t type; /* PERF_RECORD_*, or perf's own from 64 up */
	uint64_t at;   /* of the record, in the file */
	uint32_t pid, tid;
	uint32_t cpu;	/* UINT32_MAX: unknown */
	uint64_t time;	/* ns on the recording's clock, or EVENT_NO_TIME */
	uint64_t id;	/* the kernel's, of the perf event that made it; 0: unknown */
	uint32_t event; /* index of that event in the recording */
	union {		/* mmap is the largest */
		struct sample sample;
		struct event_mmap mmap;
		struct event_comm comm;
		struct event_fork fork;
		struct event_lost lost;
		struct event_ksymbol ksymbol;
		struct event_cgroup cgroup;
	};
};
