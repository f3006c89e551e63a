/* The state of the machine before the recording, as the events that would have made it:
 * threads with their names, executable mappings, the kernel's text and its modules,
 * cgroups. */
#pragma once

#include "base/error.h"
#include "model/event.h"
#include "record/target.h"

#include <stdbool.h>

struct synth;

/* Reads /proc for the whole machine, or for the processes of the target alone. A process
 * that ends meanwhile is no error. 'with_data' adds files that are mapped but not
 * executable. */
struct synth *synth_open(const struct target *target, bool with_data, struct error *err);
void synth_free(struct synth **s);

/* Returns 1 with the next event (its time is EVENT_NO_TIME), or 0 after the last one.
 * Strings of 'ev' are valid until the next call. Forks have is_synthesized. */
int synth_next(struct synth *s, struct event *ev);
