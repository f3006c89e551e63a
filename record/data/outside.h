/* Processes outside of the recorder's pid namespace. The kernel gives all of them the pid
 * 0 in its records, which is also that of the idle task. */
#pragma once

#include "model/event.h"
#include "record/data/decode_event.h"

/* Sets the pid and tid of a decoded record to PID_OUTSIDE if they are 0 although the
 * record is not of the idle task, which has no user space, no name but "swapper" and no
 * children; likewise the parent of a fork. 'e' is the event of the record, 'cpumode' the
 * PERF_RECORD_MISC_CPUMODE of its header. */
void outside_mark(const struct decode_event *e, struct event *ev, uint16_t cpumode,
		  bool is_swapped);
