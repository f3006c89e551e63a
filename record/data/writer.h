/* Writes a recording: a perf.data file that perf 6.1 and later can read. */
#pragma once

#include "base/error.h"
#include "base/out.h"
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
	bool round_open;  /* records were written since the last end of a round */
	bool has_records; /* of the kernel */
	struct deferred_records deferred; /* of processes that have no record yet */

	/* For a compressed recording only. */
	struct zstd_packer *packer; /* else NULL */
	uint8_t *held;		    /* records that wait for compression */
	size_t n_held;
	uint64_t whole_size; /* bytes of all compressed records before compression */
};

/* Begins a recording of the sampling events, the first of which stands for the side band,
 * too. The events must not change while the writer lives, and their samples must have the
 * id and the task at the same place. A packer compresses the records, and the writer
 * takes it; with NULL records are stored uncompressed. */
void writer_init(struct writer *w, struct out *out, const struct event_specs *specs,
		 struct zstd_packer *packer);
void writer_release(struct writer *w);

/* Writes a record of the kernel, or several records that follow each other. Compressed
 * ones reach 'out' at the end of their round. */
void writer_record(struct writer *w, const void *record, size_t size);

/* Writes the record of an event from the recorder (see encode.h). Events of a process
 * before the first writer_record() are deferred until the first record of that process or
 * of a child, and dropped if there is none: most processes sleep. */
void writer_event(struct writer *w, const struct event *ev);

/* All rings have been read: later records are not older than the ones before this call.
 * perf needs these marks to sort a part of the file at a time. */
void writer_round(struct writer *w);

/* Ends the records. From now on the file can be read; only its features are missing. */
int writer_end_data(struct writer *w, struct error *err);

/* Writes features and names, after writer_end_data(). Then the file is complete and 'out'
 * can be committed. */
int writer_finish(struct writer *w, const struct run_info *info,
		  const struct dso_table *dsos, struct error *err);
