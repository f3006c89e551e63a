/* Functions: what a profile says of each of them over all stacks. */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

#include <stdint.h>

/* One function: all frames of equal name and object, in whatever stacks.
 * A recursive function's total counts each sample once. Structure (FRAME_ROOT) is not a
 * function. */
struct function {
	str_id name, object;
	uint8_t kind;
	uint64_t self_count, self_weight;
	uint64_t total_count, total_weight;
};

struct function_table {
	VEC(struct function) items; /* in the order of their first node */
};

/* Fills 't', whatever it held. */
void function_table_make(struct function_table *t, const struct profile *p);
void function_table_release(struct function_table *t);
