/* Which functions explain what changed between two sides: the few to be told before all others. */
#pragma once

#include "model/comparison.h"
#include "render/layout.h"

#include <stddef.h>

enum { MOVERS_MOST = 5 };

struct movers {
	size_t n;
	const struct function_change *items[MOVERS_MOST]; /* the comparison's */
};

/* Finds them. The first one is the first of the comparison that changed in total and does not
 * change through another one. Its stacks are set aside, and of those that are left the next one
 * is that whose change there is the largest, as long as that is most of all its change: so callers
 * and callees of one that was told are not told again. Code without a name is none of them. 'l' is the layout of the comparison's
 * profile. */
void movers_find(struct movers *m, const struct comparison *c, const struct layout *l);
