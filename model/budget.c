#include "model/budget.h"

#include <stddef.h>

bool budget_take(struct budget_part *part, uint64_t n)
{
	struct budget *b = part->from;
	uint64_t used;

	if (!b)
		return true;
	used = atomic_load(&b->used);
	do {
		if (part->taken > b->all / 2 || n > b->all / 2 - part->taken ||
		    n > b->all - used) {
			part->was_refused = true;
			return false;
		}
	} while (!atomic_compare_exchange_weak(&b->used, &used, used + n));
	part->taken += n;
	return true;
}

void budget_return(struct budget_part *part)
{
	if (part->from)
		atomic_fetch_sub(&part->from->used, part->taken);
	part->taken = 0;
}
