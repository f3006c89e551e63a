#include "render/movers.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Smaller parts of the first function's change are left out. */
static const double LEAST = 0.05;

/* The sum of changes, and the sum of their absolute values. */
struct sum {
	double change, size;
};

struct search {
	const struct comparison *c;
	const struct layout *l;
	/* by index in the layout: whether the node is in a stack that was set aside */
	bool *is_set_aside;
	/* changes of each node's total without these stacks, by index in the layout */
	struct sum *nodes;
	/* the same of each function, by frame */
	struct sum *functions;
	/* by frame: the end of the subtree of its latest node */
	uint32_t *until;
};

static void sum_add(struct sum *to, const struct sum *from)
{
	to->change += from->change;
	to->size += from->size;
}

static void sum_nodes(struct search *s)
{
	const struct layout_node *nodes = s->l->nodes.items;

	for (size_t i = 0; i < s->l->nodes.n; i++) {
		double self = s->c->nodes.items[nodes[i].node].self.delta;

		self = s->is_set_aside[i] ? 0 : self;
		s->nodes[i] = (struct sum){self, fabs(self)};
	}
	for (size_t i = s->l->nodes.n; --i;)
		sum_add(&s->nodes[nodes[i].parent], &s->nodes[i]);
}

/* A sample counts once for a function, even if it is on the stack several times. */
static void sum_functions(struct search *s)
{
	size_t n = s->c->profile.frames.items.n;

	memset(s->functions, 0, n * sizeof(*s->functions));
	memset(s->until, 0, n * sizeof(*s->until));
	for (uint32_t i = 1; i < s->l->nodes.n; i++) {
		const struct layout_node *node = &s->l->nodes.items[i];

		if (i < s->until[node->frame])
			continue;
		s->until[node->frame] = node->end;
		sum_add(&s->functions[node->frame], &s->nodes[i]);
	}
}

static void set_aside(struct search *s, frame_id frame)
{
	for (size_t i = 1; i < s->l->nodes.n; i++) {
		const struct layout_node *node = &s->l->nodes.items[i];

		s->is_set_aside[i] |=
			node->frame == frame || s->is_set_aside[node->parent];
	}
}

static bool is_door(const char *name)
{
	static const char *const starts[] = {
		"entry_SYSCALL", "do_syscall_64",  "x64_sys_call", "__x64_sys_",
		"el0",		 "invoke_syscall", "__arm64_sys_", "do_el0_svc"};

	for (size_t i = 0; i < array_size(starts); i++)
		if (strncmp(name, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static bool explains(const struct search *s, const struct function_change *f)
{
	double left = s->functions[f->frame].change, all = f->total.delta;

	return f->through == FUNCTION_NONE && f->total.verdict != VERDICT_NONE &&
	       f->total.verdict != VERDICT_MOVED && left * all > 0 &&
	       fabs(left) > fabs(all) / 2 &&
	       frame_at(&s->c->profile.frames, f->frame)->kind != FRAME_UNKNOWN &&
	       !is_door(frame_name(&s->c->profile.frames, f->frame));
}

/* The change without the stacks set aside, reduced if its parts cancel each other out
 * or if it is not the function's whole change. */
static double weight_of(const struct search *s, const struct function_change *f)
{
	const struct sum *left = &s->functions[f->frame];

	if (!explains(s, f))
		return 0;
	return fabs(left->change) * fabs(left->change) / left->size *
	       fmin(1, left->change / f->total.delta);
}

/* Of functions with equal weights the first one in the comparison's order. */
static const struct function_change *heaviest_function(const struct search *s)
{
	const struct function_change *f, *best = NULL;
	double most = 0;

	vec_each(f, &s->c->functions) {
		double weight = weight_of(s, f);

		if (weight <= most)
			continue;
		best = f;
		most = weight;
	}
	return best;
}

void movers_find(struct movers *m, const struct comparison *c, const struct layout *l)
{
	size_t n_frames = c->profile.frames.items.n;
	struct search s = {
		.c = c,
		.l = l,
		.is_set_aside = mem_new(l->nodes.n, sizeof(*s.is_set_aside)),
		.nodes = mem_new(l->nodes.n, sizeof(*s.nodes)),
		.functions = mem_new(n_frames, sizeof(*s.functions)),
		.until = mem_new(n_frames, sizeof(*s.until)),
	};

	assert(l->nodes.n == c->nodes.n);
	*m = (struct movers){0};
	while (m->n < MOVERS_MOST) {
		const struct function_change *f;

		sum_nodes(&s);
		sum_functions(&s);
		f = heaviest_function(&s);
		if (!f || (m->n &&
			   fabs(f->total.delta) < LEAST * fabs(m->items[0]->total.delta)))
			break;
		m->items[m->n++] = f;
		set_aside(&s, f->frame);
	}
	mem_free(s.is_set_aside);
	mem_free(s.nodes);
	mem_free(s.functions);
	mem_free(s.until);
}
