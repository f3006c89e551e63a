/* The control groups that exist, as the events that their creation would have made. */
#pragma once

#include "record/event_list.h"

/* Adds an event for each directory of the hierarchy that perf events belong to; none if
 * it is not mounted. */
void cgroup_list(struct event_list *list);
