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

/* Keeps at most 'most' files open; if there are more, the one that was mapped least
 * recently is closed. Call it before other threads start: then enlarging the table of
 * descriptors costs nothing. */
struct dso_keeper *dso_keeper_new(size_t most);
void dso_keeper_free(struct dso_keeper **k);

/* Opens and keeps the file of a fresh EVENT_MMAP; ignores other events. For a file that
 * is kept already this is a look-up, else a few system calls, none of which waits for a
 * disk, a server or another thread. Several threads may call it, also one of real-time
 * priority. The file is not read yet. If the process has mapped another file at that
 * place meanwhile, dso_keeper_open() refuses it. */
void dso_keeper_saw(struct dso_keeper *k, const struct event *ev);

/* Opens the file of a dso with the path 'path'. Returns a descriptor for reading, owned
 * by the caller, or -1 with the reason in *why. It tries in this order: the files that
 * 'k' keeps (NULL: none); if 'is_live', which means that the process that mapped the file
 * may still run, the path in its root directory and the program that it runs; the path in
 * our root. Only a regular file of at most 4 GiB is opened. It must have the dso's build
 * id; if the dso has none, its device, inode and generation, and a kept file must not
 * have been written to since. Several threads may call it. */
int dso_keeper_open(struct dso_keeper *k, const struct dso *dso, const char *path,
		    bool is_live, enum dso_trouble *why);

/* Opens the root directory of a process. Returns a descriptor, owned by the caller, or
 * -1. */
int dso_keeper_open_root(uint32_t pid);

/* The same as dso_keeper_open() for a file that is no dso: at one path, in the directory
 * 'root', which links in the path cannot leave (-1: our root). The file must have the
 * build id 'id', unless that is empty: then the caller must identify the file. */
int dso_keeper_open_at(int root, const char *path, const struct build_id *id,
		       enum dso_trouble *why);

/* The number of calls of dso_keeper_open() that failed because the file was gone too
 * soon. */
size_t dso_keeper_missed(const struct dso_keeper *k);
