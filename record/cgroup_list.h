/* The control groups that are there, as the events that would have told of them. */
#pragma once

#include "record/event_list.h"

/* Adds one event for each directory of the hierarchy that perf events belong to. Where none
 * is mounted, none. */
void cgroup_list(struct event_list *list);
