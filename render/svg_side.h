/* One side of a comparison, as its picture names it. */
#pragma once

#include "model/run_info.h"

struct svg_side {
	const char *name;		 /* "before.data" */
	const struct run_info *run_info; /* of its first run, may be all zero */
};
