/* Writes a recording: a perf.data file that perf 6.1 and later can read. */
#pragma once

#include "base/error.h"
#include "base/out.h"
#include "base/vec.h"
#include "model/dso.h"
#include "model/event.h"
#include "model/run_info.h"
#include "record/data/deferred_records.h"
#include "record/data/event_specs.h"
#include "record/data/sample_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zstd_packer;

struct writer {
	struct out *out;		 /* the caller's; must be patchable */
	const struct event_specs *specs; /* the caller's */
	struct sample_layout layout; /* of side-band records and of each sample's task */
	uint64_t data_at;	     /* file offset of the first record */
	uint64_t data_end;
	uint64_t saved;	  /* file offset after the last record that is in the file */
	bool is_cut;	  /* a record could not be written: those after it are dropped */
	bool round_open;  /* records were written since the last end of a round */
	bool has_records; /* of the kernel */
	struct deferred_records deferred; /* of processes that have no record yet */
	VEC(uint8_t) provisional;	  /* records until the next writer_save() */

	/* For a compressed recording only. */
	struct zstd_packer *packer; /* else NULL */
	uint8_t *held;		    /* records that wait for compression */
	size_t n_held;
	uint64_t whole_size; /* bytes of all compressed records before compression */
};

/* Begins a recording of the sampling events, the first of which stands for the side band,
 * too. The events must not change while the writer lives, and their samples must have the
 * id and the task at the same place. A packer compresses the records, and the writer
 * takes it; with NULL records are stored uncompressed. 'info' is what is known by now,
 * for a file that is never finished; NULL: nothing. */
void writer_init(struct writer *w, struct out *out, const struct event_specs *specs,
		 struct zstd_packer *packer, const struct run_info *info);
void writer_release(struct writer *w);

/* Writes a record of the kernel, or several records that follow each other. Compressed
 * ones reach 'out' at the end of their round or with writer_save(). */
void writer_record(struct writer *w, const void *record, size_t size);

/* Writes the record of an event from the recorder (see encode.h). Events of a process
 * before the first writer_record() are deferred until the first record of that process or
 * of a child, and dropped if there is none: most processes sleep. */
void writer_event(struct writer *w, const struct event *ev);

/* All rings have been read: later records are not older than the ones before this call.
 * perf needs these marks to sort a part of the file at a time. */
void writer_round(struct writer *w);

/* Adds a record that is not final, such as a sample with a part of its callchain. If this
 * process is killed after the next writer_save(), the file ends with it, else the record
 * is dropped. */
void writer_provisional(struct writer *w, const void *record, size_t size);

/* Stores all records up to now in the file, the provisional ones last: a file that is
 * left by a killed recorder has them. Returns -1 if they cannot be written. Then the file
 * ends after those of the call before, and later records are dropped. 'out' must be a
 * regular file. */
int writer_save(struct writer *w, struct error *err);

/* Ends the records. From now on the file can be read; only its features are missing. */
int writer_end_data(struct writer *w, struct error *err);

/* Writes features and names, after writer_end_data(); 'dsos' NULL: no names. Then the
 * file is complete and 'out' can be committed. After a failure the file has its records
 * alone, and the call may be repeated without names. */
int writer_finish(struct writer *w, const struct run_info *info,
		  const struct dso_table *dsos, struct error *err);
