#include "render/movers.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Changes that are less of the first one are not told. */
static const double LEAST = 0.05;

/* The sum of changes, and what it would be if all went the same way. */
struct sum {
	double change, size;
};

struct search {
	const struct comparison *c;
	const struct layout *l;
	bool *is_told; /* by place in the layout: it is in a stack that was set aside */
	struct sum *nodes;     /* what is left of each node's total without those, */
	struct sum *functions; /* and of each function's, by frame */
	uint32_t *until;       /* the end of the subtree where a frame was met last */
};

static void add(struct sum *to, const struct sum *from)
{
	to->change += from->change;
	to->size += from->size;
}

static void sum_nodes(struct search *s)
{
	const struct layout_node *nodes = s->l->nodes.items;

	for (size_t i = 0; i < s->l->nodes.n; i++) {
		double self = s->c->nodes.items[nodes[i].node].self.delta;

		self = s->is_told[i] ? 0 : self;
		s->nodes[i] = (struct sum){self, fabs(self)};
	}
	for (size_t i = s->l->nodes.n; --i;)
		add(&s->nodes[nodes[i].parent], &s->nodes[i]);
}

/* A sample counts once for a function, however often it is on its stack. */
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
		add(&s->functions[node->frame], &s->nodes[i]);
	}
}

static void set_aside(struct search *s, frame_id frame)
{
	for (size_t i = 1; i < s->l->nodes.n; i++) {
		const struct layout_node *node = &s->l->nodes.items[i];

		s->is_told[i] |= node->frame == frame || s->is_told[node->parent];
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

/* What is left of a change, less where it is not all one way, or not all of the change. */
static double weight_of(const struct search *s, const struct function_change *f)
{
	const struct sum *left = &s->functions[f->frame];

	if (!explains(s, f))
		return 0;
	return fabs(left->change) * fabs(left->change) / left->size *
	       fmin(1, left->change / f->total.delta);
}

/* Of two that weigh the same the first of the comparison. */
static const struct function_change *find(const struct search *s)
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
		.is_told = mem_new(l->nodes.n, sizeof(*s.is_told)),
		.nodes = mem_new(l->nodes.n, sizeof(*s.nodes)),
		.functions = mem_new(n_frames, sizeof(*s.functions)),
		.until = mem_new(n_frames, sizeof(*s.until)),
	};

	*m = (struct movers){0};
	while (m->n < MOVERS_MOST) {
		const struct function_change *f;

		sum_nodes(&s);
		sum_functions(&s);
		f = find(&s);
		if (!f || (m->n &&
			   fabs(f->total.delta) < LEAST * fabs(m->items[0]->total.delta)))
			break;
		m->items[m->n++] = f;
		set_aside(&s, f->frame);
	}
	mem_free(s.is_told);
	mem_free(s.nodes);
	mem_free(s.functions);
	mem_free(s.until);
}
