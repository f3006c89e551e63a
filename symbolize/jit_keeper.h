/* Keeps open what processes write of the code that they make while they run: their
 * /tmp/perf-PID.map and their jitdump, because process, container and file may be gone when
 * the names are wanted. At most 512 files are kept. All functions may be called from several
 * threads at once. */
#pragma once

#include "model/event.h"

#include <stdbool.h>
#include <stdint.h>

struct jit_keeper;

/* A program in a process, from its fork or exec on. */
typedef uint32_t jit_image;
#define JIT_NONE UINT32_MAX

/* If 'is_live', the events are of this moment, on CLOCK_MONOTONIC, and their processes may
 * still run. Else maps are not looked for, because nothing would tell that one is of the
 * process that was recorded; a jitdump is known by its inode. */
struct jit_keeper *jit_keeper_new(bool is_live);
void jit_keeper_free(struct jit_keeper **k);

/* Takes notice of one event of the side band: of executable memory that no file backs, of a
 * jitdump, of fork, exec and exit of those that have them. The sooner the better; the same
 * event may come again. */
void jit_keeper_saw(struct jit_keeper *k, const struct event *ev);

/* Whether a mapping of this path may hold code that was made at run time: "//anon", "[heap]",
 * "/dev/zero (deleted)", "/memfd:..." and such. */
bool jit_keeper_may_be_code(const char *path);

/* What ran in a process at 'time', or JIT_NONE where it is not known to make code. */
jit_image jit_keeper_find(struct jit_keeper *k, uint32_t pid, uint64_t time);

/* What it was forked from, with all the code that was there, or JIT_NONE. Memory that both
 * share may go on being written by either. */
jit_image jit_keeper_parent(struct jit_keeper *k, jit_image image);

/* Its jitdump, or its map, where it has one: a descriptor, the caller's to close, or -1. */
int jit_keeper_dump(struct jit_keeper *k, jit_image image);
int jit_keeper_map(struct jit_keeper *k, jit_image image);

/* The pid of an image that has a map in its own pid namespace: the number in the map's name. */
uint32_t jit_keeper_inner_pid(struct jit_keeper *k, jit_image image);
