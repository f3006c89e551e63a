/* What ran before the recording began, as the events that it would have made: threads with
 * their names, executable mappings, the kernel's text and its modules, cgroups. */
#pragma once

#include "base/error.h"
#include "model/event.h"
#include "record/target.h"

#include <stddef.h>
#include <stdint.h>

struct synth;

/* Reads /proc for the whole machine, or for the target's processes alone. A process that ends
 * while it is read is no error. 'with_data' also tells of what files are mapped not as code. */
struct synth *synth_open(const struct target *target, bool with_data, struct error *err);
void synth_free(struct synth **s);

/* The next event, time EVENT_NO_TIME: 1, or 0 behind the last one. What 'ev' points to is
 * valid until the next call. Forks come with is_synthesized. */
int synth_next(struct synth *s, struct event *ev);
