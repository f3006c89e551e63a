/* Files from debuginfod servers by build id, with the client library of elfutils. The
 * library reads the servers' addresses from DEBUGINFOD_URLS and has its own cache of
 * files. It is loaded only by debuginfod_new(), so that nothing uses the network unless
 * the user wants it. */
#pragma once

#include "base/error.h"
#include "model/build_id.h"

#include <stddef.h>
#include <stdint.h>

struct debuginfod;

/* The progress of a download in bytes: received so far, and in total (0: not known
 * yet). */
typedef void debuginfod_progress(void *data, uint64_t got, uint64_t all);

/* 'seconds' is the time limit for all downloads together. 'progress' (NULL: none) is
 * called with 'data' several times a second. Sets DEBUGINFOD_MAXTIME in the environment
 * unless it is set: the library waits so long at most for a server that is silent. No
 * other thread may use the environment meanwhile. Returns NULL if the library is not
 * installed. */
struct debuginfod *debuginfod_new(unsigned seconds, debuginfod_progress *progress,
				  void *data, struct error *err);
void debuginfod_free(struct debuginfod **d);

enum debuginfod_file {
	DEBUGINFOD_PROGRAM,
	DEBUGINFOD_DEBUG, /* the debug file of a stripped program */
};

/* Returns line 'i', from 0 up, about downloads that failed although a server may have the
 * file, or NULL after the last line. Valid until the next download. 'd' may be NULL. */
const char *debuginfod_note(const struct debuginfod *d, size_t i);

/* Downloads and opens the file with this build id. The build id in the file is checked,
 * because servers are not trusted. Returns a descriptor for reading, owned by the caller,
 * or -1; -1 also if 'd' is NULL. */
int debuginfod_open(struct debuginfod *d, enum debuginfod_file which,
		    const struct build_id *id);
