/* An opened recording: a perf.data file as flame or any version of perf wrote it. Nothing
 * changes after opening, so that any number of cursors (cursor.h) may read the
 * recording's events at once. */
#pragma once

#include "base/error.h"
#include "model/build_id.h"
#include "model/dso.h"
#include "model/run_info.h"
#include "record/data/event_table.h"
#include "record/data/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recording;

/* Whether a file that starts with these bytes is a recording. */
bool recording_is_start(const void *start, size_t size);

/* Opens a file and reads its header, its events and the build ids of its files. Returns
 * NULL if the file cannot be read or is not a recording. The file is mapped into
 * memory. */
struct recording *recording_open(const char *path, struct error *err);

/* Like recording_open(), for bytes in memory, which must outlive the recording. */
struct recording *recording_of_bytes(const void *data, size_t size, struct error *err);

/* Accepts a pointer to NULL. */
void recording_close(struct recording **recording);

/* Adds the metadata of machine and run to 'info', and the names that the recording
 * carries to the dsos. Returns -1 if parts are missing or damaged; the other parts were
 * added. */
int recording_read_info(const struct recording *r, struct run_info *info,
			struct dso_table *dsos, struct error *err);

/* All bytes of the file. */
const void *recording_bytes(const struct recording *r, size_t *size);

/* The events of the recording, at least one; event.event is an index in it. */
const struct decode_event *recording_events(const struct recording *r, size_t *n);

/* Whether multi-byte words, those of callchains among them, have the other byte order. */
bool recording_is_swapped(const struct recording *r);

/* For cursors: */

/* Where the records are. */
const struct stream_source *recording_records(const struct recording *r);

/* The events and their ids. */
const struct event_table *recording_table(const struct recording *r);

/* The build id of the file at a path of 'len' bytes, from the recording's list, or
 * NULL. */
const struct build_id *recording_build_id(const struct recording *r, const char *path,
					  size_t len);

/* Releases the memory of records that a cursor has passed, from one position to another,
 * in bytes from the first record. The records stay valid: the kernel reads them from the
 * file again. */
void recording_drop_pages(const struct recording *r, size_t from, size_t to);
