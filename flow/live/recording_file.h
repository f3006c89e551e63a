/* The file of a recording while it is taken: every step stores all records in it, it ends
 * before the disk is full, and stays as a part if it cannot be completed. */
#pragma once

#include "base/error.h"
#include "base/out.h"
#include "record/data/writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialize. Callers write records with 'writer'; the other fields are private. */
struct recording_file {
	struct writer writer;

	const char *path; /* the caller's */
	char *final;	  /* where the complete file is instead, or NULL */
	struct out *out;
	uint64_t max_size; /* bytes; 0: no limit */
	uint64_t saved;	   /* bytes of the records at the last save */
	bool is_compressed;
	bool is_full, has_failed, is_complete;
	struct error failure; /* the first one */
};

/* Opens the output at 'path', which must outlive 'f': a regular file. Returns -1 if that
 * is not possible. */
int recording_file_open(struct recording_file *f, const char *path, struct error *err);

/* Writes the header. 'level' is that of zstd, 0: not compressed. 'specs' and 'info' are
 * those of writer_init(). Returns -1 without memory for the compression. */
int recording_file_begin(struct recording_file *f, const struct event_specs *specs,
			 int level, const struct run_info *info, struct error *err);

/* Stores the header. Returns -1 if there is no room for it and the end of the file: then
 * nothing can be recorded. */
int recording_file_start(struct recording_file *f, struct error *err);

/* Stores all records up to now, and keeps room for those of the next step, which may last
 * twice as long as the last one, and for the end of the file. Of the
 * provisional records (writer.h), 'n_waiting' will be replaced by whole samples. Returns
 * whether the recording may go on: the file is smaller than 'max_size', and there was no
 * failure. */
bool recording_file_save(struct recording_file *f, size_t n_waiting);

/* The same without room for the end, after the last record. Returns -1 if the file cannot
 * be read from now on. */
int recording_file_end_data(struct recording_file *f, struct error *err);

/* Writes the metadata and the names, 'dsos' (NULL: no names); another process may have
 * begun to do so. If the names do not fit on the disk, completes the file without them,
 * which is a recording_file_failure(), and sets *lacks_names. Returns -1 if the file
 * stays incomplete. */
int recording_file_complete(struct recording_file *f, const struct run_info *info,
			    const struct dso_table *dsos, bool *lacks_names,
			    struct error *err);

/* Moves the file to its path, after this process or another one has completed it. If the
 * file was removed or its disk fails, puts a copy into a folder for temporary files. That
 * is a recording_file_failure(), as is a folder that was renamed. */
int recording_file_publish(struct recording_file *f, struct error *err);

/* The file holds samples: from now on, it stays if it cannot be completed. */
void recording_file_keep(struct recording_file *f);

/* A path at which this process can read the file before it is complete (out.h). */
const char *recording_file_self(const struct recording_file *f);

/* The path of the complete file. */
const char *recording_file_final_path(const struct recording_file *f);

/* The temporary path of a file that is not complete, or NULL. */
const char *recording_file_part(const struct recording_file *f);

/* The first failure, such as a full disk, or NULL. It ends the recording early; up to
 * then the file can be complete nevertheless. */
const struct error *recording_file_failure(const struct recording_file *f);

void recording_file_release(struct recording_file *f);
