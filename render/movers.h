/* The few functions that explain the changes between two sides best. The head of a
 * comparison names them. */
#pragma once

#include "model/comparison.h"
#include "render/layout.h"

#include <stddef.h>

enum { MOVERS_MOST = 5 };

struct movers {
	size_t n;
	/* the comparison owns them */
	const struct function_change *items[MOVERS_MOST];
};

/* Finds them. The first one is the function with the largest change of its total,
 * reduced as far as the changes of its stacks cancel each other out. Its stacks are
 * set aside, and the next one is found among the other stacks in the same way, so that
 * callers and callees of a chosen function are not chosen too. The search ends when
 * less than half of a function's change is in those stacks, or its change is small
 * compared to the first one's. Mere callers (function_change.through), code without a
 * name, and the entries into the kernel, which are in most stacks, are left out. 'l'
 * is the layout of the comparison's profile. */
void movers_find(struct movers *m, const struct comparison *c, const struct layout *l);
