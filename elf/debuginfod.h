/* Files from debuginfod servers, by build id, through the client library of elfutils. It
 * asks the servers that DEBUGINFOD_URLS names, and keeps what it got in a cache of its
 * own. The library is loaded here and nowhere else, so that nothing goes to a network
 * unless somebody asked for it. */
#pragma once

#include "base/error.h"
#include "model/build_id.h"

#include <stdint.h>

struct debuginfod;

/* How a download goes: bytes that came and bytes in all, 0: not known yet. */
typedef void debuginfod_progress(void *data, uint64_t got, uint64_t all);

/* 'seconds' is how long all that is asked for may take together. 'progress' (NULL:
 * nobody) is called with 'data' several times a second. NULL where the library is not
 * installed. */
struct debuginfod *debuginfod_new(unsigned seconds, debuginfod_progress *progress,
				  void *data, struct error *err);
void debuginfod_free(struct debuginfod **d);

enum debuginfod_file {
	DEBUGINFOD_PROGRAM,
	DEBUGINFOD_DEBUG, /* what was stripped from it */
};

/* The file of that build id, which is checked: servers are not believed. A descriptor for
 * reading, the caller's to close, or -1. Without 'd' (NULL) there is none. */
int debuginfod_open(struct debuginfod *d, enum debuginfod_file which,
		    const struct build_id *id);
