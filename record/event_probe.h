/* Fits the attrs of a recording's events to the running kernel. */
#pragma once

#include "base/error.h"
#include "record/data/event_specs.h"

#include <stddef.h>
#include <stdint.h>

/* Removes the attr fields that this kernel or its configuration refuses, one by one, so
 * that all others are kept: ksymbol, cgroup, build ids, counts of lost records. */
void event_probe(struct event_specs *specs);

/* Checks that this kernel takes so many samples per second of the events. Returns -1 and
 * the limit in 'err' if it does not. */
int event_probe_frequency(const struct known_event *const *events, size_t n,
			  uint64_t frequency, struct error *err);
