/* One side of a comparison, for the head of its picture. */
#pragma once

#include "model/run_info.h"

struct svg_side {
	/* "before.data" */
	const char *name;
	/* of its first run, may be all zero */
	const struct run_info *run_info;
};
