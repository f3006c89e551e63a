/* flame's own section of a recording, under feature bit 255: what perf.data has no room for.
 * The format is written down in docs/format.md. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/out.h"
#include "model/dso.h"
#include "model/run_info.h"

/* Writes the section: the run's figures, for each resolved dso its names that were hit, and
 * the code that programs made. */
void flame_section_write(struct out *o, const struct run_info *c,
			 const struct dso_table *dsos);

/* Reads what flame_section_write() wrote. Blocks of an unknown kind are passed over, as is all
 * behind a damaged one; -1 then, with what stands before it taken. Figures go into 'c', names
 * into the dsos, which are added where they are new. */
int flame_section_read(struct bytes *b, struct run_info *c, struct dso_table *dsos,
		       struct error *err);
