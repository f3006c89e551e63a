/* Replaces the names in a recording. */
#pragma once

#include "base/error.h"
#include "base/out.h"
#include "model/dso.h"
#include "model/run_info.h"

#include <stddef.h>

/* Copies the recording in the 'size' bytes at 'data', flame's or perf's, to 'out', which
 * must be patchable. flame's own section (docs/format.md) is written anew, from 'info'
 * and the names in 'dsos'; everything else is unchanged. Returns -1 if the recording came
 * through a pipe, is incomplete, or has the other byte order. */
int amend_names(struct out *out, const void *data, size_t size,
		const struct run_info *info, const struct dso_table *dsos,
		struct error *err);
