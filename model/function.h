/* Functions: a profile's sums by function over all stacks. */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

#include <stdint.h>

/* One function: all frames of equal name and object, in all stacks. A recursive
 * function's total counts each sample once. Frames of kind FRAME_ROOT are not
 * functions. */
struct function {
	str_id name, object;
	uint8_t kind;
	uint64_t self_count, self_weight;
	uint64_t total_count, total_weight;
};

struct function_table {
	/* in the order of their first frame */
	VEC(struct function) items;
};

/* Makes the table of a profile. 't' need not be initialized. */
void function_table_make(struct function_table *t, const struct profile *p);
void function_table_release(struct function_table *t);
