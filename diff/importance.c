#include "diff/importance.h"

#include "base/mem.h"
#include "base/sort.h"
#include "base/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Changes are of equal size where the smaller one is so much of the other. */
static const double NEARLY_ALL = 0.9;

/* Frames without names between two functions that are looked through. */
enum { UNNAMED_MOST = 64 };

/* Where the calls of a function lead. */
struct way {
	uint32_t
		end; /* the function that explains its change, FUNCTION_NONE: none does */
	uint32_t steps; /* to that one, 0: it is itself */
	enum { WAY_NEW, WAY_OPEN, WAY_KNOWN } state;
};

/* How a function is sorted. */
struct rank {
	const struct comparison *c;
	struct function_change *function;
	double size;	/* of the change that explains it */
	uint32_t steps; /* to the function that explains it, 0: itself */
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

/* What the calls of one function by another contribute to the caller's change. */
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

static void add_call(struct call_list *calls, const struct comparison *c, frame_id caller,
		     size_t callee)
{
	if (has_verdict(&c->functions.items[caller].total))
		vec_push(&calls->items,
			 ((struct call){(uint64_t)caller << 32 |
						c->profile.nodes.items[callee].frame,
					c->nodes.items[callee].total.delta}));
}

/* Who called a node: code without names between two functions is many functions, and not what one
 * wants to hear of; so a function is also called by the one before that. */
static void add_callers(struct call_list *calls, const struct comparison *c, size_t node)
{
	const struct profile_node *nodes = c->profile.nodes.items;
	node_id up = nodes[node].parent;
	frame_id last = nodes[node].frame;
	bool is_known = !is_unknown(c, last);

	for (int i = 0; i < UNNAMED_MOST && up && !is_structure(c, nodes[up].frame);
	     i++, up = nodes[up].parent) {
		frame_id caller = nodes[up].frame;

		if (caller != last)
			add_call(calls, c, caller, node);
		if (!is_known || !is_unknown(c, caller))
			return;
		last = caller;
	}
}

/* For each function the callee that has nearly all of its change, one with a name if there is one,
 * or FUNCTION_NONE. Both are known by the numbers of their frames. */
static uint32_t *find_callees(const struct comparison *c, const bool *is_outermost)
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
			add_callers(&list, c, i);
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

/* So large is the change at least, as far as its interval says; 0 without a verdict. */
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

/* Follows the calls of a function to what explains it, and notes it for all on the way; a circle of
 * calls explains nothing, nor what leads into it. */
static void follow(const uint32_t *callees, uint32_t from, struct way *ways)
{
	struct way end;
	uint32_t at = from, n = 0;

	for (; ways[at].state == WAY_NEW && callees[at] != FUNCTION_NONE; n++) {
		ways[at].state = WAY_OPEN;
		at = callees[at];
	}
	if (ways[at].state == WAY_NEW)
		ways[at] = (struct way){at, 0, WAY_KNOWN};
	end = ways[at];
	if (end.state == WAY_OPEN)
		end = (struct way){FUNCTION_NONE, 0, WAY_KNOWN};
	for (at = from; n; n--, at = callees[at])
		ways[at] = (struct way){end.end, end.steps + n, WAY_KNOWN};
}

/* For each function, by the number of its frame. */
static struct way *find_ways(const struct comparison *c, const bool *is_outermost)
{
	uint32_t *callees = find_callees(c, is_outermost);
	struct way *ways = mem_new(c->functions.n, sizeof(*ways));

	for (size_t i = 0; i < c->functions.n; i++)
		follow(callees, (uint32_t)i, ways);
	mem_free(callees);
	return ways;
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

/* Puts the functions into the order of their ranks, and leaves structure out. */
static void reorder(struct comparison *c, const struct rank *ranks, size_t n)
{
	struct function_change *old = c->functions.items;
	uint32_t *places = mem_new(c->functions.n, sizeof(*places));

	c->functions.items = mem_resize(NULL, n, sizeof(*old));
	c->functions.n = c->functions.cap = n;
	for (size_t i = 0; i < n; i++) {
		places[ranks[i].function->frame] = (uint32_t)i;
		c->functions.items[i] = *ranks[i].function;
	}
	for (size_t i = 0; i < n; i++)
		c->functions.items[i].through = ranks[i].through == FUNCTION_NONE
							? FUNCTION_NONE
							: places[ranks[i].through];
	mem_free(places);
	mem_free(old);
}

static struct rank rank_of(const struct comparison *c, struct function_change *f,
			   const struct way *way, bool by_self)
{
	struct rank rank = {c, f, size_of(f, by_self), 0, FUNCTION_NONE};

	if (by_self || way->end == FUNCTION_NONE || !way->steps)
		return rank;
	rank.size = size_of(&c->functions.items[way->end], false);
	rank.steps = way->steps;
	rank.through = way->end;
	return rank;
}

void importance_sort(struct comparison *c, const bool *is_outermost, bool by_self)
{
	struct way *ways = find_ways(c, is_outermost);
	struct rank *ranks = mem_new(c->functions.n, sizeof(*ranks));
	size_t n = 0;

	for (size_t i = 0; i < c->functions.n; i++) {
		struct function_change *f = &c->functions.items[i];

		if (!is_structure(c, f->frame))
			ranks[n++] = rank_of(c, f, &ways[i], by_self);
	}
	if (n)
		qsort_r(ranks, n, sizeof(*ranks), by_importance, &by_self);
	reorder(c, ranks, n);
	mem_free(ways);
	mem_free(ranks);
}
