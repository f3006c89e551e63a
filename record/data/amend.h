/* A recording once more, with other names in it. */
#pragma once

#include "base/error.h"
#include "base/out.h"
#include "model/dso.h"
#include "model/run_info.h"

#include <stddef.h>

/* Writes the recording in the 'size' bytes at 'data', flame's or perf's, to 'out', which must be
 * patchable; all as it is, but for flame's own section (docs/format.md), which is put in anew, from
 * 'c' and the names in 'dsos'. -1 where the recording came through a pipe, is not complete, or is
 * of the other byte order. */
int amend_names(struct out *out, const void *data, size_t size, const struct run_info *c,
		const struct dso_table *dsos, struct error *err);
