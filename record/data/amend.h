/* Replaces the names in a recording, or adds them to one that was never finished. */
#pragma once

#include "base/error.h"
#include "base/out.h"
#include "model/dso.h"
#include "model/run_info.h"
#include "record/data/recording.h"

#include <stdint.h>

/* Copies a recording, flame's or perf's, to 'out', which must be patchable. flame's own
 * section (docs/format.md) is written anew, from 'info' and the names in 'dsos'; the
 * command line loses its secrets; everything else is unchanged. Returns -1 if the
 * recording came through a pipe, is incomplete, or has the other byte order. */
int amend_names(struct out *out, const struct recording *r, const struct run_info *info,
		const struct dso_table *dsos, struct error *err);

/* The same for a recording that its recorder did not finish. Copies 'records_size' bytes
 * of records, those that are whole (recording_whole_size()), and the features that were
 * known at the start. */
int amend_unfinished(struct out *out, const struct recording *r, uint64_t records_size,
		     const struct run_info *info, const struct dso_table *dsos,
		     struct error *err);
