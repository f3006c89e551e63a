#include "fold/prune.h"

#include "base/mem.h"

#include <stdbool.h>

void prune(struct profile *p, double percent)
{
	struct profile_total *totals = profile_totals(p);
	bool by_count = totals[PROFILE_ROOT].count > 0;
	double all = by_count ? (double)totals[PROFILE_ROOT].count
			      : (double)totals[PROFILE_ROOT].weight;

	/* A node's number is greater than its parent's, so children come before their
	 * parent. */
	for (size_t i = p->nodes.n; --i;) {
		const struct profile_node *node = &p->nodes.items[i];
		double total =
			by_count ? (double)totals[i].count : (double)totals[i].weight;

		if (node->parent == PROFILE_ROOT || total * 100 >= percent * all)
			continue;
		profile_move(p, (node_id)i, node->parent);
	}
	mem_free(totals);
}
