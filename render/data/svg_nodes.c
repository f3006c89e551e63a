#include "render/data/svg_nodes.h"

#include "base/mem.h"
#include "base/vec.h"

enum {
	NODES_MOST = 10000000,
	NODE_BITS = 3, /* the least that a node takes */
};

/* A node that is open: what comes may be below it. */
struct level {
	uint32_t frame;
	uint32_t last;	  /* the frame of its last callee, the root's if it has none */
	unsigned callees; /* 0, 1, or 2, which is more */
};

struct coding {
	struct coder *c;
	VEC(struct level) open;
	uint32_t n_frames; /* also stands for the root's */
	uint32_t n_used;   /* frames that are in the tree */
	uint32_t previous; /* the last node's frame */
};

/* A frame that was not among those that were tried. */
static uint32_t code_other(struct coding *k, const struct level *caller, uint32_t frame)
{
	bool was_new = k->previous + 1 == k->n_used;
	const struct coder_contexts of_new = {CODER_NEW, was_new, caller->frame,
					      coder_mix(caller->frame, was_new)};
	unsigned bits = k->n_used ? 32 - (unsigned)__builtin_clz(k->n_used) : 0;

	if (coder_bit(k->c, of_new, frame == k->n_used))
		return k->n_used;
	return (uint32_t)coder_bits(
		k->c, (struct coder_contexts){CODER_FRAME, 0, k->previous, caller->frame},
		bits, frame);
}

static uint32_t code_frame(struct coding *k, uint32_t frame)
{
	struct level *caller = vec_last(&k->open);
	const struct coder_keys keys = {{coder_mix(caller->frame, caller->last),
					 coder_mix(caller->frame, UINT32_MAX)}};

	if (!coder_guess(k->c, &keys, &frame))
		frame = code_other(k, caller, frame);
	k->n_used += frame == k->n_used;
	if (frame >= k->n_frames || frame >= k->n_used)
		coder_fail(k->c);
	coder_learn(k->c, &keys, frame);
	caller->last = frame;
	caller->callees += caller->callees < 2;
	k->previous = frame;
	return frame;
}

/* Whether the innermost open node has no more callees; 'depth' is that of the next node. */
static bool code_end(struct coding *k, bool is_leaf, uint32_t depth)
{
	const struct level *l = vec_last(&k->open);
	const struct coder_contexts contexts = {CODER_END, l->callees * 2 + is_leaf,
						l->frame * 2 + is_leaf,
						coder_mix(l->frame, l->last) + is_leaf};

	return coder_bit(k->c, contexts, depth < k->open.n);
}

static uint64_t code_count(struct coding *k, uint32_t frame, bool is_leaf, uint64_t count)
{
	uint32_t of_frame = frame * 2 + is_leaf;

	if (is_leaf && count < 2)
		count = 1 - count;
	count = coder_number(
		k->c, (struct coder_contexts){CODER_COUNT, is_leaf, of_frame, of_frame},
		count);
	return is_leaf && count < 2 ? 1 - count : count;
}

static uint64_t code_weight(struct coding *k, const struct svg_node *node, uint64_t usual,
			    uint64_t weight)
{
	uint64_t left = weight - node->count * usual;

	left = left << 1 ^ (left >> 63 ? UINT64_MAX : 0);
	left = coder_number(k->c,
			    (struct coder_contexts){CODER_WEIGHT, 0,
						    coder_bounded(node->count),
						    node->frame},
			    left);
	return node->count * usual + (left >> 1 ^ (left & 1 ? UINT64_MAX : 0));
}

/* What a sample weighs, as far as all weigh the same. */
static uint64_t usual_weight(const struct svg_nodes *nodes)
{
	uint64_t count = 0, weight = 0;

	for (size_t i = 0; i < nodes->n; i++) {
		count += nodes->items[i].count;
		weight += nodes->weights[i];
	}
	return count ? weight / count : 0;
}

static void code_node(struct coding *k, struct svg_nodes *nodes, size_t i, uint64_t usual)
{
	struct svg_node *node = &nodes->items[i];
	bool is_last = i + 1 == nodes->n, is_leaf;
	uint32_t next = is_last ? 0 : node[1].depth;

	node->depth = (uint32_t)k->open.n;
	node->frame = i ? code_frame(k, node->frame) : k->n_frames;
	vec_push(&k->open, ((struct level){.frame = node->frame, .last = k->n_frames}));
	is_leaf = is_last || (i && code_end(k, true, next));
	node->count = code_count(k, node->frame, is_leaf, node->count);
	if (nodes->weights)
		nodes->weights[i] = code_weight(k, node, usual, nodes->weights[i]);
	if (is_last || !is_leaf)
		return;
	k->open.n--;
	while (k->open.n > 1 && code_end(k, false, next))
		k->open.n--;
}

/* Room for the nodes that are read. */
static bool make_room(struct coder *c, struct svg_nodes *nodes, uint64_t n, bool weights)
{
	if (n > NODES_MOST)
		coder_fail(c);
	if (!coder_holds(c, n, NODE_BITS))
		return false;
	nodes->n = n + 1;
	nodes->items = mem_new(nodes->n, sizeof(*nodes->items));
	if (weights)
		nodes->weights = mem_new(nodes->n, sizeof(*nodes->weights));
	return true;
}

void svg_nodes_code(struct coder *c, struct svg_nodes *nodes, uint32_t n_frames,
		    bool weights)
{
	const struct coder_contexts figure = {.use = CODER_FIGURE};
	uint64_t n = coder_number(c, figure, nodes->n - 1), usual = 0;
	struct coding k = {.c = c, .n_frames = n_frames, .previous = UINT32_MAX};

	if (weights)
		usual = coder_number(c, figure, usual_weight(nodes));
	if (coder_is_reading(c) && !make_room(c, nodes, n, weights))
		return;
	for (size_t i = 0; i < nodes->n && !coder_failed(c); i++)
		code_node(&k, nodes, i, usual);
	vec_release(&k.open);
}
