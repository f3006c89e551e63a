/* Finds the names of containers while they run, in a thread of its own: their runtimes'
 * files may be on a slow disk. */
#pragma once

#include "base/error.h"
#include "model/event.h"
#include "model/run_info.h"

struct container_watch;

/* Starts the thread. Returns NULL if there can be no thread. */
struct container_watch *container_watch_start(struct error *err);

/* Remembers the cgroup of an EVENT_CGROUP; ignores other events. Never waits for a file.
 * Any thread may call it. */
void container_watch_saw(struct container_watch *w, const struct event *ev);

/* Stores the names found so far in 'run_info', and host names of containers that still
 * run and have no other name; NULL: drops them. Ends the thread; if it hangs in a file
 * system it goes on without us, and there are no names. Nulls the pointer; accepts a
 * pointer to NULL. */
void container_watch_stop(struct container_watch **w, struct run_info *run_info);
