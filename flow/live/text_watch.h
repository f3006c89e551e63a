/* Finds the text of programs that was copied to other pages, so that it gets huge pages:
 * PHP, node and HHVM map anonymous memory over their own text. The kernel then records
 * memory without a file. */
#pragma once

#include "base/error.h"
#include "model/event.h"

#include <stdbool.h>

struct text_watch;

/* Starts a thread, which reads the memory of processes. Returns NULL if there can be no
 * thread. */
struct text_watch *text_watch_start(struct error *err);

/* Remembers an EVENT_MMAP of executable memory without a file; ignores other events.
 * Never waits. Any thread may call it. */
void text_watch_saw(struct text_watch *w, const struct event *ev);

/* Stores in *ev the mapping of a file that takes the place of such memory: the same
 * file is mapped around it, and the memory holds the bytes that the file has there.
 * Returns false if none was found since. Strings of *ev are valid until the next call. */
bool text_watch_next(struct text_watch *w, struct event *ev);

/* Ends the thread; if it hangs in a file system, it goes on without us. Nulls the
 * pointer; accepts a pointer to NULL. */
void text_watch_stop(struct text_watch **w);
