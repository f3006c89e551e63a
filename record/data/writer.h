/* Writes a recording: a perf.data file that perf 6.1 and later can read. */
#pragma once

#include "base/error.h"
#include "base/out.h"
#include "model/dso.h"
#include "model/event.h"
#include "model/run_info.h"
#include "record/data/deferred_records.h"
#include "record/data/event_spec.h"

#include <stddef.h>

struct zstd_packer;

struct writer {
	struct out *out;		/* somebody else's; must be patchable */
	const struct event_spec *event; /* somebody else's */
	uint64_t data_at;		/* where the records begin */
	uint64_t data_end;
	bool round_open;  /* records were written since the last end of a round */
	bool has_records; /* of the kernel's */
	struct deferred_records latent; /* processes of which there were none so far */

	/* Of a compressed recording: */
	struct zstd_packer *packer; /* else NULL */
	uint8_t *held;		    /* records that are not compressed yet */
	size_t n_held;
	uint64_t whole_size; /* of those that are, before that */
};

/* Begins a recording of this event (see event_spec_joined()), which must not change any more. A
 * packer compresses its records, and is the writer's from now on; NULL leaves them as they are. */
void writer_init(struct writer *w, struct out *out, const struct event_spec *event,
		 struct zstd_packer *packer);
void writer_release(struct writer *w);

/* One record as the kernel made it, or several that follow each other. Compressed ones are
 * handed on when their round ends. */
void writer_record(struct writer *w, const void *record, size_t size);

/* One event that the recorder itself tells (see encode.h). What is told of a process before the first
 * writer_record() is written right before the first record of that process or a child of it, or never:
 * most processes sleep. */
void writer_event(struct writer *w, const struct event *ev);

/* All rings have been read: what is still in them is not older than what was written before.
 * It lets perf sort a part at a time. */
void writer_round(struct writer *w);

/* No more records. From now on the file can be read, but for the features. */
int writer_end_data(struct writer *w, struct error *err);

/* The features and the names; then the file is complete and its 'out' can be committed. */
int writer_finish(struct writer *w, const struct run_info *c,
		  const struct dso_table *dsos, struct error *err);
