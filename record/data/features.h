/* The feature sections of a recording's header: facts about the machine and the run. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"
#include "model/dso.h"
#include "model/run_info.h"
#include "record/data/decode.h"
#include "record/data/event_spec.h"

#include <stddef.h>
#include <stdint.h>

/* What the features of a recording say beside the conditions. */
struct features {
	struct run_info *run_info;   /* the caller's: filled */
	struct decode_event *events; /* the recording's: their names are filled in, in the
					* arena of the conditions */
	size_t n_events;
	VEC(struct feature_build_id) build_ids;
};

/* The build id that the recording knows of a path, for mappings without one. */
struct feature_build_id {
	const char *path; /* in the recording's bytes */
	struct build_id build_id;
};

/* Reads one feature, by its bit; unknown and damaged ones are passed over. */
void features_read(struct features *f, unsigned bit, struct bytes *b);

/* Writes one feature; only bits that features_written() names. */
void features_write(struct out *o, unsigned bit, const struct run_info *c,
		    const struct event_spec *event);

/* The bits that flame writes, ascending; 'i' from 0 up, -1 behind the last. */
int features_written(size_t i);
