/* One side of a comparison, as its picture names it. */
#pragma once

#include "model/conditions.h"

struct svg_side {
	const char *name;		     /* "before.data" */
	const struct conditions *conditions; /* of its first run, may be all zero */
};
