/* The line of perf script text that begins a sample. Each of its fields may be missing:
 *
 *     COMM PID/TID [CPU] FLAGS TIME: PERIOD EVENT: PAYLOAD
 *
 *     swapper     0 [000]  1234.567890:     250000 cpu-clock:
 *     my prog 12/13 [001] 99.000001: cycles:u:   401136 main (/bin/prog)
 *     bash 1234 [001] 123.456789: sched:sched_switch: prev_comm=bash prev_pid=1234 ...
 *
 * A command may contain anything, also text that looks like the other fields. So one
 * line can have several readings; perf_script_layout.h chooses among them. All parts
 * point into the line. */
#pragma once

#include "fold/span.h"

#include <stdbool.h>
#include <stdint.h>

/* The fields of a reading and their forms. */
enum header_fields {
	HEADER_COMM = 1,
	HEADER_TID = 2,
	HEADER_PID = 4, /* PID/TID */
	HEADER_CPU = 8,
	HEADER_FLAGS = 16,
	HEADER_TIME = 32,
	HEADER_PERIOD = 64,
	HEADER_EVENT = 128,
	HEADER_RECORD = 256,	  /* "PERF_RECORD_MMAP2 ...": not a sample */
	HEADER_EXACT_TIME = 512,  /* with 6 decimals or more, as perf prints it */
	HEADER_WIDE_CPU = 1024,	  /* with 3 digits or more, as perf prints it */
	HEADER_LONG_COMM = 2048,  /* too long for a command with blanks */
	HEADER_LOOSE = 8192,	  /* several numbers before the event */
	HEADER_WIDE_ADDR = 16384, /* of a flat frame, with 16 columns as perf prints it */
	HEADER_FLAT = 4096,	  /* without an event: 'payload' is the frame */
	HEADER_COLONS = HEADER_TIME | HEADER_EVENT | HEADER_RECORD,
};

struct script_header {
	unsigned fields;
	/* Missing parts are empty. The pid is also empty if the line has only one
	 * number: then that is the tid. */
	struct span comm, pid, tid, cpu, time, period, event;
	struct span payload; /* the text after the event, with the blanks before it */
};

/* The readings of one line, those with short commands first. */
struct header_walk {
	struct span line;
	size_t at; /* of the first field after the command */
	bool is_done;
};

/* Begins the readings of a line. */
struct header_walk header_walk_begin(struct span line);

/* Stores the next reading in 'h'. Returns false after the last one. */
bool header_walk_next(struct header_walk *walk, struct script_header *h);

/* Returns the time of a header in ns, 0 if it has none or if it is too large. */
uint64_t script_header_time(const struct script_header *h);
