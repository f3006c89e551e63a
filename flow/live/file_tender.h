/* Lets the files go that the keepers hold, in a thread of its own of normal priority: it
 * reads files, for which neither samples nor the side band can wait. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"
#include "record/data/sample_layout.h"
#include "symbolize/jit_keeper.h"

#include <stdbool.h>

struct file_tender;

/* Starts the thread, and a process that reads files for it (file_copier.h), each for at
 * most 'file_ns' of CPU time. The keepers must outlive it. Returns NULL on failure. */
struct file_tender *file_tender_start(struct dso_keeper *keeper, struct jit_keeper *jit,
				      uint64_t file_ns, struct error *err);

/* Stops the thread, once. Returns false if it hangs in a file system: then it goes on,
 * and neither it nor the keepers may be freed. */
bool file_tender_stop(struct file_tender *t);

/* Frees what was stopped. Nulls the pointer; accepts a pointer to NULL. */
void file_tender_free(struct file_tender **t);

/* CPU time of the process so far, ns. */
uint64_t file_tender_time(const struct file_tender *t);

/* After file_tender_stop(): returns line 'i', from 0 up, about files that killed the
 * process; NULL after the last line. The tender owns it. */
const char *file_tender_failure(const struct file_tender *t, size_t i);

/* Returns line 'i', from 0 up, about names that are missing because files came and went
 * too fast for a side band without 'is_urgent', or because the keeper had to drop copies;
 * NULL after the last line. The caller frees it with mem_free(). */
char *file_tender_note(const struct dso_keeper *keeper, bool is_urgent, size_t i);

/* Notes the process of a record, if the record is a sample, which has the given
 * layout. */
void file_tender_saw(struct file_tender *t, const struct sample_layout *layout,
		     const void *record, size_t size);
