/* Opens the file of a dso if it is the file that was mapped, and no other. While a
 * recording is taken it keeps mapped files open: names can still be read after the
 * process, the file or the container is gone. A file system with a kept file cannot be
 * unmounted meanwhile, except lazily. */
#pragma once

#include "elf/dso_trouble.h"
#include "model/dso.h"
#include "model/event.h"

#include <stdbool.h>
#include <stddef.h>

struct dso_keeper;

/* Makes a keeper of at most 'most' open files; if there are more, it closes the least
 * recently used one. Call it before other threads start: then enlarging the table of
 * descriptors costs nothing. The caller frees it with dso_keeper_free(), which closes all
 * files. */
struct dso_keeper *dso_keeper_new(size_t most);
void dso_keeper_free(struct dso_keeper **k);

/* Opens and keeps the file of a fresh EVENT_MMAP; ignores other events. For a file that
 * is kept already this is a look-up, else a few system calls, none of which waits for a
 * disk, a server or another thread. Several threads may call it, also one of real-time
 * priority. The file is not read yet. If the process has mapped another file at that
 * address meanwhile, dso_keeper_open() refuses the kept one. */
void dso_keeper_saw(struct dso_keeper *k, const struct event *ev);

/* Opens the file of a dso with the path 'path'. Returns a descriptor for reading, owned
 * by the caller, or -1 with the reason in *why. It tries in this order: the files that
 * 'k' keeps (NULL: none); the path; the program that the process runs. The path belongs
 * to the root directory of the process if that still runs, which it only may if
 * 'is_live'; else to our root. Only a regular file of at most 4 GiB is opened, and none
 * of /proc and other interfaces of the kernel. It must have the dso's build id. If the
 * dso has no build id, the file must have its device, inode and (where the file system
 * has one) generation, and a kept file must be unchanged since it was kept. Several
 * threads may call it. */
int dso_keeper_open(struct dso_keeper *k, const struct dso *dso, const char *path,
		    bool is_live, enum dso_trouble *why);

/* The build id that the event of a mapping has given the file of a dso, size 0 if there
 * is none. Several threads may call it. */
struct build_id dso_keeper_build_id(struct dso_keeper *k, const struct dso *dso);

/* Returns the number of calls of dso_keeper_open() that found no file. No other thread
 * may use 'k' meanwhile. */
size_t dso_keeper_missed(const struct dso_keeper *k);
