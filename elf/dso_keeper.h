/* Opens the file of a dso if it is the one that was mapped, and no other. While a
 * recording is taken it keeps what is mapped open, so that process, file and container
 * may be gone when the names are read; a file system that a kept file is on cannot be
 * unmounted until then, but lazily. */
#pragma once

#include "elf/dso_trouble.h"
#include "model/dso.h"
#include "model/event.h"

#include <stdbool.h>
#include <stddef.h>

struct dso_keeper;

/* Keeps at most 'most' files open; then the one that was seen least recently is closed.
 * To be called before there are other threads, so that its size is no cost later. */
struct dso_keeper *dso_keeper_new(size_t most);
void dso_keeper_free(struct dso_keeper **k);

/* Takes hold of the file that an EVENT_MMAP of just now tells of; of any other event it
 * does nothing. A file that is held already costs a look-up, another one a few system
 * calls, none of which waits for a disk, a server or another thread: it may be called by
 * several threads, one of real-time priority among them. What is held is not read yet; a
 * wrong file among them, of a process that has gone on meanwhile, is refused by
 * dso_keeper_open(). */
void dso_keeper_saw(struct dso_keeper *k, const struct event *ev);

/* A descriptor for reading, the caller's to close, or -1 with the reason in 'why'. 'path'
 * is the dso's. What 'k' has kept (NULL: nothing) comes first. If 'is_live', the process
 * that mapped it may still run, and its root directory and its program are tried before
 * the path as we see it. What is opened is a regular file of at most 4 GiB whose build
 * id, else device, inode and generation, are the dso's, and one without build id has not
 * been written to since it was kept; nothing else is even opened for reading. Several
 * threads may ask at once. */
int dso_keeper_open(struct dso_keeper *k, const struct dso *dso, const char *path,
		    bool is_live, enum dso_trouble *why);

/* The root directory of a process, the caller's to close; -1 where it can't be had. */
int dso_keeper_open_root(uint32_t pid);

/* The same as dso_keeper_open() for what is no dso: a file at one path, in the directory
 * 'root', out of which it cannot lead (-1: the path as we see it). Its build id has to be
 * 'id' unless that is none; without one, whose file it is has to be told by something
 * else. */
int dso_keeper_open_at(int root, const char *path, const struct build_id *id,
		       enum dso_trouble *why);

/* How many files dso_keeper_open() was asked for in vain because they were gone too
 * soon. */
size_t dso_keeper_missed(const struct dso_keeper *k);
