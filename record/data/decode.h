/* Record bytes -> struct event. What an event of the recording puts into its records is told
 * by its attr; fields that flame does not need are passed over by their size. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/vec.h"
#include "model/event.h"

#include <stdbool.h>
#include <stdint.h>

/* The fields of a sample that stand at the same place in all of an event's: counted in 64-bit words
 * from the end of the record header. */
enum decode_field {
	DECODE_ID,
	DECODE_ADDR,
	DECODE_TASK, /* pid and tid, 32 bits each */
	DECODE_TIME,
	DECODE_CPU, /* in the word's first 32 bits */
	DECODE_PERIOD,
	DECODE_FIELDS,
};

/* One event (perf's evsel) of a recording: the parts of its attr that matter for reading. */
struct decode_event {
	uint32_t type; /* PERF_TYPE_* */
	uint64_t config;
	uint64_t sample_type, read_format, branch_sample_type;
	uint64_t regs_user, regs_intr; /* masks */
	uint64_t frequency; /* samples/s, also those of a clock's period; or 0 */
	uint64_t period;    /* events between two samples, or 0: samples tell it */
	bool sample_id_all, has_build_ids;
	bool is_monotonic; /* its times are of CLOCK_MONOTONIC, else of an unknown clock */
	uint8_t places[DECODE_FIELDS]; /* see enum decode_field */
	uint8_t n_fixed;  /* words of a sample before the first that varies */
	const char *name; /* of the recording's, or NULL; whoever reads it keeps it */
};

/* Reads an attr of any version; 'b' holds exactly the attr. A longer one than ours is cut, a
 * shorter one has zeros. */
int decode_attr(struct decode_event *e, struct bytes *b, struct error *err);

/* What the event is called: its own name, else one from type and config, else "event". */
const char *decode_event_name(const struct decode_event *e);

/* Whether the event's period counts ns of CPU time. */
bool decode_event_is_time(const struct decode_event *e);

/* Where the id of an event stands: in a sample, in 64-bit words from the end of the record
 * header; in any other record, from its end (1: the last). 0 from the end, or -1 in the
 * sample: there is none. */
int decode_id_in_sample(const struct decode_event *e);
int decode_id_from_end(const struct decode_event *e);

/* Decodes one record; 'record' holds exactly the record, header included. 'e' is the event it
 * belongs to. -1 where the record contradicts its own size. */
int decode_record(const struct decode_event *e, struct bytes *record, struct event *ev,
		  struct error *err);
