/* The files of running processes that a recording keeps, and the thread and the
 * process that let them go. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"
#include "symbolize/jit_keeper.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_tender;

/* The owner may use the keepers, and set 'keeper_hangs' if a thread of its own hangs in
 * them: then they are never freed. */
struct live_files {
	struct slow_files *slow;
	struct dso_keeper *keeper;
	struct jit_keeper *jit; /* from live_files_tend() on */
	bool keeper_hangs;
	struct file_tender *tender; /* private */
	uint64_t time;		    /* CPU time of ended processes, ns; private */
};

/* Makes room for 'most' files. The caller releases it also if a later call fails. */
void live_files_init(struct live_files *f, size_t most);
void live_files_release(struct live_files *f);

/* Begins to let files go. Reading one file may take 'file_ns' of CPU time. */
int live_files_tend(struct live_files *f, uint64_t file_ns, struct error *err);

/* Ends that, before another process is forked; may be called again. The keepers are NULL
 * if the thread hangs in a file system. Calls note(data, text) for each file that killed
 * the process that read it; 'text' becomes that function's. */
void live_files_stop(struct live_files *f, void (*note)(void *data, char *text),
		     void *data);

/* CPU time of the process that reads files so far, ns. */
uint64_t live_files_time(const struct live_files *f);
