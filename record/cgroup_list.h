/* The control groups that exist, as the events that their creation would have made. */
#pragma once

#include "record/event_list.h"

#include <stdbool.h>

/* The hierarchy that perf events belong to: in version 1 that of the controller
 * perf_event. */
struct cgroup_mount {
	char folder[4096];
	/* The path of the mounted group, "" for the topmost one. In a cgroup namespace
	 * only the path from the recorder's container on is known: then this begins with
	 * the name of that container (own_container.h) instead of '/'. */
	char prefix[4096 + 256];
	bool is_v1;
};

/* Finds the mount with most groups. Returns false if there is none. */
bool cgroup_mount_find(struct cgroup_mount *mount);

/* Adds an event for each directory of the hierarchy, with its path from the topmost group
 * on; none if it is not mounted. */
void cgroup_list(struct event_list *list);
