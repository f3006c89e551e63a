#include "render/data/svg_nodes.h"

#include "base/hashmap.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/vec.h"
#include "render/data/sparse.h"
#include "render/data/varint.h"

#include <assert.h>

enum {
	NODES_MAX = 10000000,
	/* A node's first number holds its rank among the callees, and below it its own
	 * number of callees, where CALLEES_MANY and more are CALLEES_MANY. */
	CALLEES_BITS = 2,
	CALLEES_MANY = 3,
	/* the rank of a frame that is no callee of the caller's frame yet */
	RANK_NEW = 0,
};

/* A pair of frames in the call graph. */
struct call {
	uint32_t caller, callee;
	uint32_t rank;
};

/* State of writing: all calls so far. The number n_frames stands for the root's frame. */
struct call_graph {
	VEC(struct call) calls;
	struct hashmap by_frames;
	/* of each frame, the number of its callees */
	uint32_t *n_callees;
};

/* The rank of a call, or RANK_NEW if it is the first one; then it is added. */
static uint32_t call_graph_rank(struct call_graph *g, uint32_t caller, uint32_t callee)
{
	uint64_t hash = hash_u64(caller, callee);
	const struct call *calls = g->calls.items;
	uint32_t call =
		hashmap_find(&g->by_frames, hash, i,
			     calls[i].caller == caller && calls[i].callee == callee);

	if (call != HASHMAP_NONE)
		return calls[call].rank;
	hashmap_put(&g->by_frames, hash, narrow_u32(g->calls.n));
	vec_push(&g->calls,
		 ((struct call){caller, callee, RANK_NEW + ++g->n_callees[caller]}));
	return RANK_NEW;
}

/* Each node's caller; the root's is 0. */
static uint32_t *callers_of(const struct svg_nodes *nodes)
{
	uint32_t *callers = mem_new(nodes->n, sizeof(*callers));

	for (size_t i = 1; i < nodes->n; i++) {
		uint32_t depth = nodes->items[i].depth;
		uint32_t caller = narrow_u32(i - 1);

		assert(depth && depth <= nodes->items[i - 1].depth + 1);
		while (nodes->items[caller].depth >= depth)
			caller = callers[caller];
		callers[i] = caller;
	}
	return callers;
}

static uint32_t *callees_of(const uint32_t *callers, size_t n)
{
	uint32_t *n_callees = mem_new(n, sizeof(*n_callees));

	for (size_t i = 1; i < n; i++)
		n_callees[callers[i]]++;
	return n_callees;
}

static void write_calls(struct out *o, const struct svg_nodes *nodes, uint32_t n_frames,
			const uint32_t *callers, const uint32_t *n_callees)
{
	struct call_graph graph = {
		.n_callees = mem_new((size_t)n_frames + 1, sizeof(uint32_t))};
	VEC(uint32_t) new_callees = {0};
	uint32_t n_used = 0, *frame;

	for (size_t i = 1; i < nodes->n; i++) {
		uint32_t callee = nodes->items[i].frame;
		uint32_t caller = callers[i] ? nodes->items[callers[i]].frame : n_frames;
		uint64_t rank = call_graph_rank(&graph, caller, callee);

		varint_write(o, rank << CALLEES_BITS |
					(n_callees[i] < CALLEES_MANY ? n_callees[i]
								     : CALLEES_MANY));
		if (rank == RANK_NEW)
			vec_push(&new_callees, callee);
	}
	varint_write(o, n_callees[0]);
	for (size_t i = 1; i < nodes->n; i++)
		if (n_callees[i] >= CALLEES_MANY)
			varint_write(o, n_callees[i] - CALLEES_MANY);
	vec_each(frame, &new_callees) {
		assert(*frame <= n_used && *frame < n_frames);
		varint_write(o, *frame < n_used ? *frame + 1 : 0);
		n_used += *frame == n_used;
	}
	assert(n_used == n_frames);
	vec_release(&new_callees);
	vec_release(&graph.calls);
	hashmap_release(&graph.by_frames);
	mem_free(graph.n_callees);
}

/* Turns the count of a node into a number that is mostly 0, and back: as a rule a node
 * without callees has one sample and others have none. */
static uint64_t swapped(uint64_t count, bool has_callees)
{
	return has_callees || count > 1 ? count : 1 - count;
}

static void write_counts(struct out *o, const struct svg_nodes *nodes,
			 const uint32_t *n_callees)
{
	struct sparse_writer counts = {.out = o};

	for (size_t i = 0; i < nodes->n; i++)
		sparse_put(&counts, swapped(nodes->items[i].count, n_callees[i]));
	sparse_end(&counts);
}

/* The weight of a sample, as far as all weigh the same. */
static uint64_t usual_weight(const struct svg_nodes *nodes)
{
	uint64_t count = 0, weight = 0;

	for (size_t i = 0; i < nodes->n; i++) {
		count += nodes->items[i].count;
		weight += nodes->weights[i];
	}
	return count ? weight / count : 0;
}

static void write_weights(struct out *o, const struct svg_nodes *nodes)
{
	uint64_t usual = usual_weight(nodes);
	struct sparse_writer differences = {.out = o};

	varint_write(o, usual);
	for (size_t i = 0; i < nodes->n; i++)
		sparse_put(&differences, varint_zigzag(nodes->weights[i] -
						       nodes->items[i].count * usual));
	sparse_end(&differences);
}

void svg_nodes_write(struct out *o, const struct svg_nodes *nodes, uint32_t n_frames)
{
	uint32_t *callers, *n_callees;

	assert(nodes->n);
	callers = callers_of(nodes);
	n_callees = callees_of(callers, nodes->n);
	varint_write(o, nodes->n - 1);
	write_calls(o, nodes, n_frames, callers, n_callees);
	write_counts(o, nodes, n_callees);
	if (nodes->weights)
		write_weights(o, nodes);
	mem_free(callers);
	mem_free(n_callees);
}

/* State of reading. Damage sets in->failed. */
struct node_reader {
	struct bytes *in;
	struct svg_nodes *nodes;
	uint32_t n_frames, n_used;
	/* of each node */
	uint64_t *ranks;
	uint32_t *n_callees;
	/* of each frame, and of the root, which is the last one: the callees in the
	 * order of their first use */
	VEC(uint32_t) * callees;
	/* the nodes on the path to the current one, and how many of their callees are
	 * to come */
	VEC(struct open_node) path;
};

struct open_node {
	uint32_t frame;
	uint32_t n_left;
};

static void read_ranks(struct node_reader *r)
{
	size_t n = r->nodes->n;

	for (size_t i = 1; i < n; i++) {
		uint64_t number = bytes_uleb(r->in);

		r->ranks[i] = number >> CALLEES_BITS;
		r->n_callees[i] = number & CALLEES_MANY;
	}
	/* n - 1 is not enough for a damaged number, but the path notices it. */
	for (size_t i = 0; i < n; i++) {
		uint64_t more;

		if (i && r->n_callees[i] < CALLEES_MANY)
			continue;
		more = bytes_uleb(r->in);
		if (more >= n)
			r->in->failed = true;
		r->n_callees[i] += (uint32_t)more;
	}
}

static uint32_t read_frame(struct node_reader *r, uint32_t caller, uint64_t rank)
{
	uint64_t number;
	uint32_t frame;

	if (rank != RANK_NEW) {
		if (rank - RANK_NEW <= r->callees[caller].n)
			return r->callees[caller].items[rank - RANK_NEW - 1];
		r->in->failed = true;
		return 0;
	}
	number = bytes_uleb(r->in);
	if (number > r->n_used || (!number && r->n_used == r->n_frames)) {
		r->in->failed = true;
		return 0;
	}
	frame = number ? (uint32_t)number - 1 : r->n_used++;
	vec_push(&r->callees[caller], frame);
	return frame;
}

static void leave_complete_nodes(struct node_reader *r)
{
	while (r->path.n && !vec_last(&r->path)->n_left)
		r->path.n--;
}

static void read_tree(struct node_reader *r)
{
	vec_push(&r->path, ((struct open_node){r->n_frames, r->n_callees[0]}));
	for (size_t i = 1; i < r->nodes->n && !r->in->failed; i++) {
		struct svg_node *node = &r->nodes->items[i];
		struct open_node *caller;

		leave_complete_nodes(r);
		caller = vec_last(&r->path);
		if (!caller) {
			r->in->failed = true;
			return;
		}
		caller->n_left--;
		node->depth = narrow_u32(r->path.n);
		node->frame = read_frame(r, caller->frame, r->ranks[i]);
		vec_push(&r->path, ((struct open_node){node->frame, r->n_callees[i]}));
	}
	leave_complete_nodes(r);
	if (r->path.n)
		r->in->failed = true;
}

static void read_counts(struct node_reader *r)
{
	struct sparse_reader counts = {.in = r->in};

	for (size_t i = 0; i < r->nodes->n; i++)
		r->nodes->items[i].count = swapped(sparse_next(&counts), r->n_callees[i]);
	sparse_finish(&counts);
}

static void read_weights(struct node_reader *r)
{
	uint64_t usual = bytes_uleb(r->in);
	struct sparse_reader differences = {.in = r->in};
	struct svg_nodes *nodes = r->nodes;

	nodes->weights = mem_new(nodes->n, sizeof(*nodes->weights));
	for (size_t i = 0; i < nodes->n; i++)
		nodes->weights[i] = nodes->items[i].count * usual +
				    varint_unzigzag(sparse_next(&differences));
	sparse_finish(&differences);
}

bool svg_nodes_read(struct bytes *in, struct svg_nodes *nodes, uint32_t n_frames,
		    bool has_weights)
{
	struct node_reader r = {.in = in, .nodes = nodes, .n_frames = n_frames};
	uint64_t n = bytes_uleb(in);

	*nodes = (struct svg_nodes){0};
	/* Each node takes a byte, and each frame is used. */
	if (n > NODES_MAX || n > bytes_left(in) || n_frames > n) {
		in->failed = true;
		return false;
	}
	nodes->n = n + 1;
	nodes->items = mem_new(nodes->n, sizeof(*nodes->items));
	r.ranks = mem_new(nodes->n, sizeof(*r.ranks));
	r.n_callees = mem_new(nodes->n, sizeof(*r.n_callees));
	r.callees = mem_new((size_t)n_frames + 1, sizeof(*r.callees));
	read_ranks(&r);
	read_tree(&r);
	read_counts(&r);
	if (has_weights)
		read_weights(&r);
	for (size_t i = 0; i <= n_frames; i++)
		vec_release(&r.callees[i]);
	vec_release(&r.path);
	mem_free(r.callees);
	mem_free(r.n_callees);
	mem_free(r.ranks);
	if (in->failed || r.n_used != n_frames) {
		in->failed = true;
		mem_release(&nodes->items);
		mem_release(&nodes->weights);
		nodes->n = 0;
	}
	return !in->failed;
}
