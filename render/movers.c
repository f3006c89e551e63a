#include "render/movers.h"

#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

struct search {
	const struct comparison *c;
	const struct layout *l;
	bool *is_told;	 /* by place in the layout: it is in a stack that was set aside */
	double *left;	 /* the change of each node's total without those */
	double *changes; /* of each function, by frame */
	uint32_t *until; /* the end of the subtree where a frame was met last */
};

static void sum_nodes(struct search *s)
{
	const struct layout_node *nodes = s->l->nodes.items;

	for (size_t i = 0; i < s->l->nodes.n; i++)
		s->left[i] =
			s->is_told[i] ? 0 : s->c->nodes.items[nodes[i].node].self.delta;
	for (size_t i = s->l->nodes.n; --i;)
		s->left[nodes[i].parent] += s->left[i];
}

/* A sample counts once for a function, however often it is on its stack. */
static void sum_functions(struct search *s)
{
	size_t n = s->c->profile.frames.items.n;

	memset(s->changes, 0, n * sizeof(*s->changes));
	memset(s->until, 0, n * sizeof(*s->until));
	for (uint32_t i = 1; i < s->l->nodes.n; i++) {
		const struct layout_node *node = &s->l->nodes.items[i];

		if (i < s->until[node->frame])
			continue;
		s->until[node->frame] = node->end;
		s->changes[node->frame] += s->left[i];
	}
}

static void set_aside(struct search *s, frame_id frame)
{
	for (size_t i = 1; i < s->l->nodes.n; i++) {
		const struct layout_node *node = &s->l->nodes.items[i];

		s->is_told[i] |= node->frame == frame || s->is_told[node->parent];
	}
}

/* Code without a name may be of many functions. */
static bool explains(const struct search *s, const struct function_change *f)
{
	double left = s->changes[f->frame], all = f->total.delta;

	return frame_at(&s->c->profile.frames, f->frame)->kind != FRAME_UNKNOWN &&
	       f->through == FUNCTION_NONE && f->total.verdict != VERDICT_NONE &&
	       f->total.verdict != VERDICT_MOVED && left * all > 0 &&
	       fabs(left) > fabs(all) / 2;
}

/* The first of the comparison to begin with, then the one with the largest change left. */
static const struct function_change *find(const struct search *s, bool is_first)
{
	const struct function_change *f, *best = NULL;

	vec_each(f, &s->c->functions) {
		if (!explains(s, f))
			continue;
		if (!best || fabs(s->changes[f->frame]) > fabs(s->changes[best->frame]))
			best = f;
		if (is_first)
			break;
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
		.left = mem_new(l->nodes.n, sizeof(*s.left)),
		.changes = mem_new(n_frames, sizeof(*s.changes)),
		.until = mem_new(n_frames, sizeof(*s.until)),
	};

	*m = (struct movers){0};
	while (m->n < MOVERS_MOST) {
		const struct function_change *f;

		sum_nodes(&s);
		sum_functions(&s);
		f = find(&s, !m->n);
		if (!f)
			break;
		m->items[m->n++] = f;
		set_aside(&s, f->frame);
	}
	mem_free(s.is_told);
	mem_free(s.left);
	mem_free(s.changes);
	mem_free(s.until);
}
