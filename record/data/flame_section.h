/* flame's own feature section, bit 255 of the header: names and figures that perf.data
 * has no place for. The format is in docs/format.md. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/out.h"
#include "model/dso.h"
#include "model/run_info.h"

/* Writes the section: figures of the run; for each resolved dso the names that samples
 * hit, and inline frames; and the functions of JIT compilers. */
void flame_section_write(struct out *o, const struct run_info *info,
			 const struct dso_table *dsos);

/* Reads the section in 'b': figures into 'info', names into the dsos, which are added if
 * they are new. Ignores blocks of an unknown kind. Returns -1 if the section is damaged;
 * the blocks before the damage were read. */
int flame_section_read(struct bytes *b, struct run_info *info, struct dso_table *dsos,
		       struct error *err);
