/* Lets the files go that the keepers hold, in a thread of its own of normal priority: it
 * reads files, for which neither samples nor the side band can wait. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"
#include "record/data/sample_layout.h"
#include "symbolize/jit_keeper.h"

#include <stdbool.h>

struct file_tender;

/* Starts the thread. The keepers must outlive it. Returns NULL if there can be no
 * thread. */
struct file_tender *file_tender_start(struct dso_keeper *keeper, struct jit_keeper *jit,
				      struct error *err);

/* Stops the thread. Returns false if it hangs in a file system: then it goes on, and the
 * keepers must never be freed. Nulls the pointer; accepts a pointer to NULL. */
bool file_tender_stop(struct file_tender **t);

/* Returns line 'i', from 0 up, about names that are missing because files came and went
 * too fast for a side band without 'is_urgent', or because the keeper had to drop copies;
 * NULL after the last line. The caller frees it with mem_free(). */
char *file_tender_note(const struct dso_keeper *keeper, bool is_urgent, size_t i);

/* Notes the process of a record, if the record is a sample, which has the given
 * layout. */
void file_tender_saw(struct file_tender *t, const struct sample_layout *layout,
		     const void *record, size_t size);
