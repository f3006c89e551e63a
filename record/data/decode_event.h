/* One event (perf's evsel) of a recording: the parts of its attr that reading its records
 * needs. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "record/data/sample_layout.h"

#include <stdbool.h>
#include <stdint.h>

struct decode_event {
	uint32_t type; /* PERF_TYPE_* */
	uint64_t config;
	uint64_t sample_type, read_format, branch_sample_type;
	uint64_t regs_user, regs_intr; /* masks */
	uint64_t frequency; /* samples/s, also those of a clock's period; or 0 */
	uint64_t period;    /* events between two samples, 0: each sample has its own */
	/* of a clock: the first period, which each sample may change; 0: none */
	uint64_t clock_period;
	bool has_build_ids;
	/* the user part of callchains is in the branch stack, or in later records */
	bool has_call_branches, has_deferred_chains;
	bool is_monotonic; /* times are of CLOCK_MONOTONIC, else of an unknown clock */
	struct sample_layout layout;
	const char *name; /* from the recording, in its bytes; or NULL */
};

/* Reads an attr of any version; 'b' holds exactly the attr. The end of an attr that is
 * longer than ours is ignored, fields that a shorter one lacks are 0. */
int decode_event_read(struct decode_event *e, struct bytes *b, struct error *err);

/* The event's name: its own, else one from type and config, else "event". */
const char *decode_event_name(const struct decode_event *e);

/* Whether the event's period counts ns of CPU time. */
bool decode_event_is_time(const struct decode_event *e);
