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

/* Finds them. The first one is that with the largest change of its total, as far as that is one
 * change, and not much more here and much less there. Its stacks are set aside, and of those that
 * are left the next one is found in the same way, as long as that is most of all its change and not
 * little beside the first one's: so callers and callees of one that was told are not told again.
 * Mere callers (function_change.through), code without a name, and the doors into the kernel, which
 * everything passes, explain nothing. 'l' is the layout of the comparison's profile. */
void movers_find(struct movers *m, const struct comparison *c, const struct layout *l);
