#include "flow/profile_maker.h"

#include "base/scoped.h"
#include "fold/fold.h"

/* Instead of a node: the chain is of an idle CPU and not part of the profile. */
#define NO_NODE UINT32_MAX

struct profile_build {
	const struct profile_maker *maker;
	struct input_data *data;
	struct truncated_stacks *truncated;
	bool is_untold;		   /* the cgroups of samples */
	VEC(frame_id) root_frames; /* 'frames_per_root' of each root */
	size_t frames_per_root;
	/* A process without a pid was sampled: pid 0 may be a kernel thread outside. */
	bool has_outside;
	struct fold_path path;
	VEC(node_id) nodes; /* by index of the chain; may be NO_NODE */
};

static void profile_build_release(struct profile_build *b)
{
	vec_release(&b->root_frames);
	fold_path_release(&b->path);
	vec_release(&b->nodes);
}

/* Whether all samples with a cgroup have the topmost one, although there are others: this
 * kernel has no cgroups for perf events (flow/live/sample_cgroups.h). */
static bool cgroups_are_untold(const struct profile_build *b)
{
	const struct process_table *processes = b->maker->frames->processes;
	const struct cgroup *cgroup;
	const struct root *root;
	str_id topmost = process_cgroup(processes, CGROUP_TOPMOST);

	vec_each(root, &b->maker->counter->roots.items)
		if (root->container && root->container != topmost)
			return false;
	vec_each(cgroup, &processes->cgroups)
		if (cgroup->path != topmost)
			return topmost && !b->data->run_info.checked_cgroups;
	return false;
}

static struct root root_told(const struct profile_build *b, const struct root *root)
{
	struct root told = *root;

	if (b->is_untold && !root->is_idle_task)
		told.container = 0;
	return told;
}

static void root_frames_make(struct profile_build *b)
{
	const struct root *root;

	b->is_untold = cgroups_are_untold(b);
	vec_each(root, &b->maker->counter->roots.items) {
		frame_id frames[ROOT_PARTS];

		const struct root told = root_told(b, root);

		b->frames_per_root = root_frames(b->maker->selection, &told,
						 &b->data->run_info.containers, NULL,
						 &b->data->profile, frames);
		for (size_t i = 0; i < b->frames_per_root; i++)
			vec_push(&b->root_frames, frames[i]);
	}
}

/* A sample counts once: as truncated if its chain ends with that mark, else as broken if
 * there is any mark. */
static void marks_count(struct profile_build *b, const struct callchain *chain)
{
	struct run_info *info = &b->data->run_info;
	uint64_t last = chain->n ? chain->addrs[chain->n - 1] : 0;
	bool has_mark = false;

	for (uint32_t i = 0; i < chain->n && !has_mark; i++)
		has_mark = callchain_is_mark(chain->addrs[i]);
	if (chain->space == b->maker->frames->processes->outside)
		return;
	if (last == CALLCHAIN_TRUNCATED)
		info->truncated_samples += chain->count;
	else if (has_mark)
		info->broken_samples += chain->count;
	truncated_stacks_count(b->truncated, chain->root, chain->count,
			       last == CALLCHAIN_TRUNCATED);
}

/* The name of a task with pid 0 in place of that of the idle task, or NULL. */
static const char *outside_name(const struct profile_build *b, const struct root *root,
				const struct fold_stack *stack)
{
	const struct frame_table *frames = &b->data->profile.frames;

	if (root->is_outside)
		return PROCESS_OUTSIDE_NAME;
	if (!root->is_idle_task || !b->has_outside || fold_has_idle(frames, stack))
		return NULL;
	if (!stack->n ||
	    frame_at(frames, stack->frames[stack->n - 1])->kind == FRAME_UNKNOWN)
		return "[idle or outside this pid namespace]";
	return PROCESS_OUTSIDE_NAME;
}

static node_id chain_fold(struct profile_build *b, const struct callchain *chain)
{
	const struct root *root = &b->maker->counter->roots.items.items[chain->root];
	struct run_info *info = &b->data->run_info;
	struct profile *p = &b->data->profile;
	struct fold_stack stack = {.count = chain->count, .weight = chain->weight};
	frame_id outside_roots[ROOT_PARTS];
	const char *outside;

	stack.frames = chain_frames_find(b->maker->frames, chain, &stack.n);
	if (fold_is_idle(&p->frames, &stack, root->is_idle_task)) {
		info->idle_samples += stack.count;
		if (!b->maker->keeps_idle)
			return NO_NODE;
	}
	outside = outside_name(b, root, &stack);
	if (outside)
		info->outside_samples += stack.count;
	else if (stack.n && frame_at(&p->frames, stack.frames[0])->kind == FRAME_UNKNOWN)
		info->unknown_samples += stack.count;
	marks_count(b, chain);
	stack.n_roots = b->frames_per_root;
	stack.roots = b->root_frames.items + chain->root * b->frames_per_root;
	if (outside) {
		const struct root told = root_told(b, root);

		root_frames(b->maker->selection, &told, &info->containers, outside, p,
			    outside_roots);
		stack.roots = outside_roots;
	}
	return fold_add(p, &b->path, &stack);
}

/* The counter's slices are by chain, the timeline is by node. */
static void timeline_make(struct profile_build *b)
{
	const struct slices *slices = &b->maker->counter->slices;
	struct timeline *t = &b->data->timeline;
	const struct slice_count *c;

	if (!slices->n)
		return;
	t->start = slices->start;
	t->width = slices->width;
	for (uint32_t i = 0; i < slices->n; i++)
		vec_add(&t->slices);
	vec_each(c, &slices->counts) {
		node_id node = b->nodes.items[c->chain];

		if (node == NO_NODE)
			t->slices.items[c->slice].idle += c->count;
		else
			vec_push(&t->counts,
				 ((struct timeline_count){node, c->slice, c->count,
							  c->weight}));
	}
	timeline_sort(t);
}

void profile_maker_run(const struct profile_maker *maker, struct input_data *data,
		       struct truncated_stacks *truncated)
{
	scoped(profile_build_release) struct profile_build b = {
		.maker = maker, .data = data, .truncated = truncated};
	const struct process_table *processes = maker->frames->processes;
	const struct callchain *chain;

	b.has_outside = data->run_info.pid_namespace || processes->has_outside;
	root_frames_make(&b);
	chain_frames_read_ahead(maker->frames, &maker->counter->chains);
	vec_each(chain, &maker->counter->chains.items)
		vec_push(&b.nodes, chain_fold(&b, chain));
	timeline_make(&b);
}
