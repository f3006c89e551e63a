/* Fits the attrs of a recording's events to the running kernel. */
#pragma once

#include "record/data/event_specs.h"

/* Removes the attr fields that this kernel or its configuration refuses, one by one, so
 * that all others are kept: ksymbol, cgroup, build ids, counts of lost records. */
void event_probe(struct event_specs *specs);
