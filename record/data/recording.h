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

struct deferred_chains;
struct recording;

/* Whether a file that starts with these bytes is a recording. */
bool recording_is_start(const void *start, size_t size);

/* Opens a file and reads its header, its events and its list of build ids. Returns NULL
 * if the file cannot be read or is not a recording. The file stays open until
 * recording_close(). */
struct recording *recording_open(const char *path, struct error *err);

/* Like recording_open(), for bytes in memory, which must outlive the recording. */
struct recording *recording_of_bytes(const void *data, size_t size, struct error *err);

/* Accepts a pointer to NULL. */
void recording_close(struct recording **recording);

/* Adds the metadata of machine and run to 'info', and the recording's names to 'dsos'.
 * Returns -1 if parts are missing or damaged; the other parts are added all the same. */
int recording_read_info(const struct recording *r, struct run_info *info,
			struct dso_table *dsos, struct error *err);

/* Gives names that the recording has by the path of their file to the dsos, which must be
 * those of all its mappings. */
void recording_read_names(const struct recording *r, struct dso_table *dsos);

/* Returns -1 if the recording's file was truncated or written to since it was opened:
 * everything that was read may be wrong then. 'path' is its name in the message. */
int recording_check(const struct recording *r, const char *path, struct error *err);

/* The number of bytes of the file. */
uint64_t recording_size(const struct recording *r);

/* Reads 'size' bytes at 'at', which must be within the file. */
int recording_read_bytes(const struct recording *r, uint64_t at, void *to, size_t size,
			 struct error *err);

/* Whether the recorder finished the file: all of its parts are there. Always true for a
 * recording that came through a pipe. */
bool recording_is_finished(const struct recording *r);

/* Returns the bytes of all records in the file up to the last whole one. Stores in
 * '*is_cut' whether nothing but a part of one more record follows, as in the file of a
 * killed recorder; false: damage follows. */
uint64_t recording_whole_size(const struct recording *r, bool *is_cut);

/* Returns the recording's events, '*n' of them, at least one. The field 'event' of struct
 * event is an index of this array. */
const struct decode_event *recording_events(const struct recording *r, size_t *n);

/* Whether the numbers in the file, callchains included, have another byte order than this
 * machine. */
bool recording_is_swapped(const struct recording *r);

/* For cursors: */

/* The bytes of all records. */
const struct stream_source *recording_records(const struct recording *r);

/* The events and their ids. */
const struct event_table *recording_table(const struct recording *r);

/* Whether simpleperf, Android's recorder, wrote the recording. */
bool recording_is_of_simpleperf(const struct recording *r);

/* The user callchains that are stored apart from their samples. */
const struct deferred_chains *recording_deferred(const struct recording *r);

/* Returns the build id of the file at 'path', of 'len' bytes, from the recording's list
 * of build ids, or NULL; also NULL for a file with an inode if flame's own section
 * identifies files by inodes. */
const struct build_id *recording_build_id(const struct recording *r, const char *path,
					  size_t len, bool has_inode);
