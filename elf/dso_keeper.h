/* Opens the file of a dso if it is the file that was mapped, and no other. While a
 * recording is taken it holds mapped files open, so that names can still be read after
 * the process, the file or the container is gone.
 *
 * A held file keeps its file system mounted and its space in use. So a file is held
 * only while a process maps it, and at most 3 seconds beyond: 2 seconds, in which
 * samples of the process may still arrive, and until the next dso_keeper_tend().
 * Before a file with samples is let go, the parts that names and unwinding need are
 * copied (copy_plan.h); other files are forgotten. A file that a process has unmapped,
 * although the process still runs is let go likewise, when that is noticed. */
#pragma once

#include "elf/dso_open.h"
#include "elf/keep/fd_cache.h"
#include "elf/keep/file_copy.h"
#include "model/dso.h"
#include "model/dso_trouble.h"
#include "model/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dso_keeper;

/* Makes a keeper of at most 'most' files; if there are more, it forgets the least
 * recently used one. If the process may open no more files, it forgets a quarter of them.
 * Call it before other threads start: then enlarging the table of
 * descriptors costs nothing. The caller frees it with dso_keeper_free(), after all lent
 * descriptors were taken back. */
struct dso_keeper *dso_keeper_new(size_t most, struct slow_files *slow);
void dso_keeper_free(struct dso_keeper **k);

/* Applies a fresh event: opens and holds the file of an EVENT_MMAP; keeps account of
 * forks, execs and exits; ignores other events. If the content of the file's inode has
 * changed since an earlier mapping, sets the version of the content in the event's
 * generation (dso.h). For a file that is held already this is a look-up and at most
 * one statx(2), else a few system calls, none of which waits for a disk, a server or
 * another thread. No file is read. Several threads may call it, also one of real-time
 * priority. */
void dso_keeper_saw(struct dso_keeper *k, struct event *ev);

/* A process had a sample at 'time' (ns, clock of the events): its files will be needed.
 * Several threads may call it. */
void dso_keeper_saw_sample(struct dso_keeper *k, uint32_t pid, uint64_t time);

/* Lets files go when their time is over, and copies the needed parts before: call it
 * about twice a second, from one thread of normal priority. make_plan(data, fd, plan)
 * chooses these parts, as copy_plan_make() does, or returns false: then there is no copy.
 * It copies files, and may hang if their file system hangs. */
typedef bool dso_keeper_plan_fn(void *data, int fd, struct copy_plan *plan);
void dso_keeper_tend(struct dso_keeper *k, dso_keeper_plan_fn *make_plan, void *data);

/* Opens the file of a dso with the path 'path'. Returns a descriptor for reading, owned
 * by the caller, or -1 with the reason in *why. It tries in this order: the files that
 * 'k' holds, and its copies (NULL: none); the path and the program of the process, as
 * dso_open.h says. A held file must be unchanged since it was mapped. Several threads may
 * call it. Close the descriptor soon: it holds the file, too. 'how' may be NULL. */
int dso_keeper_open(struct dso_keeper *k, const struct dso_opening *how,
		    const struct dso *dso, const char *path, bool is_live,
		    enum dso_trouble *why);

/* For a descriptor of dso_keeper_open() that is used as long as the recording takes:
 * when the file is let go, the keeper makes the descriptor one of the copy, or of an
 * empty file if there is none. From then on only dso_keeper_take_back() may close it,
 * which sets *fd to -1; without a keeper (NULL) that is all it does. Several threads
 * may call both. */
void dso_keeper_lend(struct dso_keeper *k, const struct dso *dso, int fd);
void dso_keeper_take_back(struct dso_keeper *k, int *fd);

/* Two processes may share a keeper: one with privileges, which holds the files and reads
 * none of them, and one without. */

/* A file that the first process hands out. */
struct dso_held {
	struct fd_cache_ref file;
	enum dso_trouble why; /* without a descriptor: the reason */
	bool is_copy;
	bool is_over; /* the keeper has no such file, or has let it go */
	/* of the file when it was mapped, if has_stat */
	bool has_stat;
	uint64_t size;
	struct timespec changed;
};

/* In the first process: opens a held file for reading, or its copy, but reads nothing.
 * Returns the descriptor, owned by the caller, or -1. Several threads may call it. */
int dso_keeper_open_held(struct dso_keeper *k, const struct dso *dso,
			 struct dso_held *held);

/* Calls let_go(data, file, copy) whenever a file is let go: the descriptors that were
 * handed out become those of the copy, which stays the keeper's, or with -1 those of an
 * empty file. It must not wait, nor call the keeper. NULL: no more calls. */
typedef void dso_keeper_let_go_fn(void *data, struct fd_cache_ref file, int copy);
void dso_keeper_hand_out(struct dso_keeper *k, dso_keeper_let_go_fn *let_go, void *data);

/* In the other process: makes a keeper without files of its own. fetch(data, dso, held)
 * asks the first process for a file and returns its descriptor or -1. Must not be used by
 * two threads at once. */
typedef int dso_keeper_fetch_fn(void *data, const struct dso *dso, struct dso_held *held);
struct dso_keeper *dso_keeper_new_remote(dso_keeper_fetch_fn *fetch, void *data);
void dso_keeper_let_go(struct dso_keeper *k, struct fd_cache_ref file, int copy);

/* Returns the dso with the build id that the event of a mapping has given its file, if it
 * has none, and with the size that the file had when it was mapped, if that is known.
 * Several threads may call it. */
struct dso dso_keeper_complete(struct dso_keeper *k, const struct dso *dso);

/* Returns the number of calls of dso_keeper_open() that found no file. No other thread
 * may use 'k' meanwhile, as in the next function. */
size_t dso_keeper_missed(const struct dso_keeper *k);

/* Returns the number of copies that were dropped because all copies together took too
 * much memory. */
size_t dso_keeper_dropped(const struct dso_keeper *k);
