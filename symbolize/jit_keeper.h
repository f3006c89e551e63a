/* Keeps open the files in which processes describe their JIT code: /tmp/perf-PID.map
 * and jitdump. Process, container and file may be gone when the names are read. At
 * most 512 files are kept. A program that has ended is forgotten unless one of its files
 * is kept, or one of a program that it was forked from; of the latter kind the newest
 * 8,192 are remembered. All functions may be called by several threads at once. */
#pragma once

#include "model/event.h"

#include <stdbool.h>
#include <stdint.h>

struct jit_keeper;
struct slow_files;

/* A program in a process, from its fork or exec on. */
typedef uint32_t jit_image;
#define JIT_NONE UINT32_MAX

/* Set 'is_live' if the events are fresh, on CLOCK_MONOTONIC, and their processes may
 * still run. If it is not set no map is opened, because nothing would prove that a map
 * belongs to the recorded process. A jitdump is identified by its inode. For 'slow',
 * the caller's, see elf/path_open.h. */
struct jit_keeper *jit_keeper_new(bool is_live, struct slow_files *slow);
void jit_keeper_free(struct jit_keeper **k);

/* Applies one event: a mapping of executable memory without a file, a mapping of a
 * jitdump, a fork, an exec, an exit. Ignores all others. Call it as soon as possible,
 * before the process is gone. The same event may be applied again. */
void jit_keeper_saw(struct jit_keeper *k, const struct event *ev);

/* Copies the files of processes that have ended, at most 32 MiB of each and 64 MiB of
 * all, and closes them: a held file keeps its file system mounted. Call it about twice
 * a second, from one thread of normal priority, and only if the keeper is live. It
 * reads files, and may hang if their file system hangs. */
void jit_keeper_tend(struct jit_keeper *k);

/* Returns the image of a process at 'time', or JIT_NONE if it has no JIT code. */
jit_image jit_keeper_find(struct jit_keeper *k, uint32_t pid, uint64_t time);

/* Returns the image that 'image' was forked from, with all its code, or JIT_NONE. Both
 * may go on writing to memory that they share. */
jit_image jit_keeper_parent(struct jit_keeper *k, jit_image image);

/* Opens the jitdump, or the map, of an image. Returns a descriptor, which the caller
 * closes, or -1 if there is none. */
int jit_keeper_dump(struct jit_keeper *k, jit_image image);
int jit_keeper_map(struct jit_keeper *k, jit_image image);

/* Returns the pid of an image with a map in its own pid namespace: the number in the
 * map's name. */
uint32_t jit_keeper_inner_pid(struct jit_keeper *k, jit_image image);
