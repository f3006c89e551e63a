#include "diff/importance.h"

#include "base/mem.h"
#include "base/sort.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two changes are of equal size if the smaller one is at least this part of the other. */
static const double NEARLY_ALL = 0.9;

/* At most so many frames without names are skipped between two functions. */
enum { UNNAMED_MOST = 64 };

/* The function that explains the change of another one. */
struct explanation {
	/* FUNCTION_NONE: none does */
	uint32_t function;
	uint32_t steps; /* calls to that function, 0: it explains itself */
	enum { EXPLANATION_NEW, EXPLANATION_OPEN, EXPLANATION_DONE } state;
};

/* The sort key of a function. */
struct rank {
	const struct comparison *c;
	struct function_change *function;
	double size;	/* of the change of the function that explains it */
	uint32_t steps; /* calls to that function, 0: it explains itself */
	uint32_t through;
};

static bool has_verdict(const struct change *c)
{
	return c->verdict != VERDICT_NONE;
}

static bool is_structure(const struct comparison *c, frame_id frame)
{
	return frame_at(&c->profile.frames, frame)->kind == FRAME_ROOT;
}

static bool is_equal_size(double a, double b)
{
	return a * b > 0 && fabs(a) >= NEARLY_ALL * fabs(b) &&
	       fabs(b) >= NEARLY_ALL * fabs(a);
}

/* The part of a caller's change that comes from its calls of one function. */
struct call {
	uint64_t key; /* caller << 32 | callee */
	double delta;
};

struct call_list {
	VEC(struct call) items;
};

static bool is_unknown(const struct comparison *c, frame_id frame)
{
	return frame_at(&c->profile.frames, frame)->kind == FRAME_UNKNOWN;
}

static void call_add(struct call_list *calls, const struct comparison *c, frame_id caller,
		     size_t callee)
{
	if (has_verdict(&c->functions.items[caller].total))
		vec_push(&calls->items,
			 ((struct call){(uint64_t)caller << 32 |
						c->profile.nodes.items[callee].frame,
					c->nodes.items[callee].total.delta}));
}

/* Adds the callers of a node. A frame without a name stands for many functions and
 * explains nothing, so the next named function above it counts as a caller, too. */
static void callers_add(struct call_list *calls, const struct comparison *c, size_t node)
{
	const struct profile_node *nodes = c->profile.nodes.items;
	node_id up = nodes[node].parent;
	frame_id last = nodes[node].frame;
	bool has_name = !is_unknown(c, last);

	for (int i = 0; i < UNNAMED_MOST && up && !is_structure(c, nodes[up].frame);
	     i++, up = nodes[up].parent) {
		frame_id caller = nodes[up].frame;

		if (caller != last)
			call_add(calls, c, caller, node);
		if (!has_name || !is_unknown(c, caller))
			return;
		last = caller;
	}
}

/* For each function, by frame_id: the frame of the callee with nearly all of its
 * change, a callee with a name if there is one; or FUNCTION_NONE. */
static uint32_t *callees_find(const struct comparison *c, const bool *is_outermost)
{
	struct call_list list = {0};
	uint32_t *callees = mem_resize(NULL, c->functions.n, sizeof(*callees));
	double *most = mem_new(c->functions.n, sizeof(*most));
	const struct call *calls;
	size_t n, last;

	memset(callees, 0xff, c->functions.n * sizeof(*callees));
	for (size_t i = 1; i < c->profile.nodes.n; i++)
		if (is_outermost[i] &&
		    has_verdict(
			    &c->functions.items[c->profile.nodes.items[i].frame].total))
			callers_add(&list, c, i);
	calls = list.items.items;
	n = list.items.n;
	sort_items(list.items.items, n, sizeof(*calls), offsetof(struct call, key));
	for (size_t i = 0; i < n; i = last) {
		uint32_t caller = (uint32_t)(calls[i].key >> 32);
		uint32_t callee = (uint32_t)calls[i].key;
		double delta = 0, all = c->functions.items[caller].total.delta;

		for (last = i; last < n && calls[last].key == calls[i].key; last++)
			delta += calls[last].delta;
		if (!is_equal_size(delta, all) ||
		    !is_equal_size(all, c->functions.items[callee].total.delta))
			continue;
		delta = is_unknown(c, callee) ? 0 : fabs(delta);
		if (callees[caller] == FUNCTION_NONE || delta > most[caller]) {
			most[caller] = delta;
			callees[caller] = callee;
		}
	}
	vec_release(&list.items);
	mem_free(most);
	return callees;
}

/* The certain part of a change, by its interval; 0 without a verdict. */
static double certain_size(const struct change *c)
{
	if (!has_verdict(c))
		return 0;
	return fmax(0, c->delta > 0 ? c->low : -c->high);
}

static double size_of(const struct function_change *f, bool by_self)
{
	double self = certain_size(&f->self), total = certain_size(&f->total);

	if (by_self)
		return has_verdict(&f->self) ? self : fabs(f->self.delta);
	if (!function_change_is_found(f, false))
		return fabs(f->total.delta);
	return fmax(self, total);
}

/* Follows the calls of a function to the function that explains it, and stores that
 * for all functions on the path. A circle of calls has no explanation, nor has any
 * path into it. */
static void explanation_follow(const uint32_t *callees, uint32_t from,
			       struct explanation *explanations)
{
	struct explanation end;
	uint32_t at = from, n = 0;

	for (; explanations[at].state == EXPLANATION_NEW && callees[at] != FUNCTION_NONE;
	     n++) {
		explanations[at].state = EXPLANATION_OPEN;
		at = callees[at];
	}
	if (explanations[at].state == EXPLANATION_NEW)
		explanations[at] = (struct explanation){at, 0, EXPLANATION_DONE};
	end = explanations[at];
	if (end.state == EXPLANATION_OPEN)
		end = (struct explanation){FUNCTION_NONE, 0, EXPLANATION_DONE};
	for (at = from; n; n--, at = callees[at])
		explanations[at] = (struct explanation){end.function, end.steps + n,
							EXPLANATION_DONE};
}

/* The explanation of each function, by frame_id. */
static struct explanation *explanations_find(const struct comparison *c,
					     const bool *is_outermost)
{
	uint32_t *callees = callees_find(c, is_outermost);
	struct explanation *explanations = mem_new(c->functions.n, sizeof(*explanations));

	for (size_t i = 0; i < c->functions.n; i++)
		explanation_follow(callees, (uint32_t)i, explanations);
	mem_free(callees);
	return explanations;
}

static int by_importance(const void *a, const void *b, void *arg)
{
	const struct rank *x = a, *y = b;
	const struct frame_table *frames = &x->c->profile.frames;
	const bool *by_self = arg;
	bool is_found = function_change_is_found(x->function, *by_self);
	const struct frame *f, *g;
	int order;

	if (is_found != function_change_is_found(y->function, *by_self))
		return is_found ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->steps != y->steps)
		return x->steps < y->steps ? -1 : 1;
	f = frame_at(frames, x->function->frame);
	g = frame_at(frames, y->function->frame);
	order = strcmp(strtab_str(frames->strings, f->name),
		       strtab_str(frames->strings, g->name));
	return order ? order
		     : strcmp(strtab_str(frames->strings, f->object),
			      strtab_str(frames->strings, g->object));
}

/* Sorts the functions by their ranks. Structure has no rank and is removed. */
static void functions_reorder(struct comparison *c, const struct rank *ranks, size_t n)
{
	struct function_change *old = c->functions.items;
	uint32_t *positions = mem_new(c->functions.n, sizeof(*positions));

	c->functions.items = mem_resize(NULL, n, sizeof(*old));
	c->functions.n = c->functions.cap = n;
	for (size_t i = 0; i < n; i++) {
		positions[ranks[i].function->frame] = (uint32_t)i;
		c->functions.items[i] = *ranks[i].function;
	}
	for (size_t i = 0; i < n; i++)
		c->functions.items[i].through = ranks[i].through == FUNCTION_NONE
							? FUNCTION_NONE
							: positions[ranks[i].through];
	mem_free(positions);
	mem_free(old);
}

static struct rank rank_of(const struct comparison *c, struct function_change *f,
			   const struct explanation *explanation, bool by_self)
{
	struct rank rank = {c, f, size_of(f, by_self), 0, FUNCTION_NONE};

	if (by_self || explanation->function == FUNCTION_NONE || !explanation->steps)
		return rank;
	rank.size = size_of(&c->functions.items[explanation->function], false);
	rank.steps = explanation->steps;
	rank.through = explanation->function;
	return rank;
}

void importance_sort(struct comparison *c, const bool *is_outermost, bool by_self)
{
	struct explanation *explanations = explanations_find(c, is_outermost);
	struct rank *ranks = mem_new(c->functions.n, sizeof(*ranks));
	size_t n = 0;

	for (size_t i = 0; i < c->functions.n; i++) {
		struct function_change *f = &c->functions.items[i];

		if (!is_structure(c, f->frame))
			ranks[n++] = rank_of(c, f, &explanations[i], by_self);
	}
	if (n)
		qsort_r(ranks, n, sizeof(*ranks), by_importance, &by_self);
	functions_reorder(c, ranks, n);
	mem_free(explanations);
	mem_free(ranks);
}
