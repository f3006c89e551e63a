#include "render/layout.h"

#include "base/scoped.h"
#include "tests/render/stacks.h"
#include "tests/test.h"

struct fixture {
	struct profile profile;
	struct layout layout;
};

static void lay_out(struct fixture *f, const char *const *lines)
{
	stacks_profile(&f->profile, lines);
	layout_make(&f->layout, &f->profile);
}

static void release(struct fixture *f)
{
	layout_release(&f->layout);
	profile_release(&f->profile);
}

static void assert_node(const struct fixture *f, size_t i, const char *name,
			uint32_t depth, uint64_t start, uint64_t count)
{
	const struct layout_node *n = &f->layout.nodes.items[i];

	assert_string_equal(frame_name(&f->profile.frames, n->frame), name);
	assert_int_equal(n->depth, depth);
	assert_int_equal(n->start, start);
	assert_int_equal(n->count, count);
}

static void siblings_are_ordered_by_name(void **state)
{
	const char *const lines[] = {"p;z 1", "p;b;y 2", "p;b;x 3",
				     "p;b 4", "a;m 5",	 NULL};
	struct fixture f;

	(void)state;
	lay_out(&f, lines);
	assert_int_equal(f.layout.nodes.n, 8);
	assert_int_equal(f.layout.nodes.items[0].count, 15);
	assert_node(&f, 1, "a", 1, 0, 5);
	assert_node(&f, 2, "m", 2, 0, 5);
	assert_node(&f, 3, "p", 1, 5, 10);
	assert_node(&f, 4, "b", 2, 5, 9);
	assert_node(&f, 5, "x", 3, 5, 3);
	assert_node(&f, 6, "y", 3, 8, 2);
	/* The 4 samples in b itself lie between. */
	assert_node(&f, 7, "z", 2, 14, 1);
	assert_int_equal(f.profile.nodes.items[f.layout.nodes.items[4].node].count, 4);
	release(&f);
}

static void parents_and_ends_fit(void **state)
{
	const char *const lines[] = {"a;b;c 1", "a;d 1", "e;f;g;h 1", "e;i 1", NULL};
	struct fixture f;

	(void)state;
	lay_out(&f, lines);
	assert_int_equal(f.layout.nodes.items[0].end, f.layout.nodes.n);
	for (uint32_t i = 1; i < f.layout.nodes.n; i++) {
		const struct layout_node *n = &f.layout.nodes.items[i];
		const struct layout_node *parent = &f.layout.nodes.items[n->parent];

		assert_true(n->parent < i);
		assert_int_equal(n->depth, parent->depth + 1);
		assert_true(n->end > i && n->end <= parent->end);
		assert_true(n->start >= parent->start);
		assert_true(n->start + n->count <= parent->start + parent->count);
	}
	release(&f);
}

static void widths_may_be_other_than_samples(void **state)
{
	static const char *const lines[] = {"a;b 5", "a;c 5", "d 1", NULL};
	struct fixture f;
	uint64_t *own;

	(void)state;
	lay_out(&f, lines);
	layout_release(&f.layout);
	own = mem_new(f.profile.nodes.n, sizeof(*own));
	for (size_t i = 0; i < f.profile.nodes.n; i++)
		own[i] = f.profile.nodes.items[i].count == 1 ? 70 : 10;
	layout_make_by(&f.layout, &f.profile, own);
	/* The root, a, b, c, d. */
	assert_int_equal(f.layout.nodes.items[0].count, 10 + 30 + 70);
	assert_int_equal(f.layout.nodes.items[1].count, 30);
	assert_int_equal(f.layout.nodes.items[3].start, 10);
	assert_int_equal(f.layout.nodes.items[4].start, 30);
	assert_int_equal(f.layout.nodes.items[4].count, 70);
	mem_free(own);
	release(&f);
}

static void an_empty_profile_is_its_root(void **state)
{
	const char *const lines[] = {NULL};
	struct fixture f;

	(void)state;
	lay_out(&f, lines);
	assert_int_equal(f.layout.nodes.n, 1);
	assert_int_equal(f.layout.nodes.items[0].count, 0);
	assert_int_equal(f.layout.nodes.items[0].end, 1);
	release(&f);
}

static void inlined_code_stays_apart(void **state)
{
	const char *const lines[] = {"p;f_[i] 1", "p;f 2", "p;f\tlib 3", NULL};
	struct fixture f;

	(void)state;
	lay_out(&f, lines);
	assert_int_equal(f.layout.nodes.n, 5);
	assert_node(&f, 2, "f", 2, 0, 2);
	assert_node(&f, 3, "f", 2, 2, 1);
	assert_node(&f, 4, "f", 2, 3, 3);
	release(&f);
}

/* Frames of one name: by object, then by kind, whichever came first. */
static void siblings_of_one_name_have_an_order(void **state)
{
	static const struct {
		const char *object;
		enum frame_kind kind;
		bool is_inlined;
	} frames[] = {
		{"b", FRAME_USER, false},    {"a", FRAME_LIBRARY, true},
		{"a", FRAME_USER, true},     {"", FRAME_UNKNOWN, false},
		{"a", FRAME_LIBRARY, false}, {"a", FRAME_KERNEL, false},
		{"b", FRAME_USER, true},     {"a", FRAME_USER, false},
	};
	static const size_t order[] = {3, 5, 7, 2, 4, 1, 0, 6};

	(void)state;
	for (size_t first = 0; first < array_size(frames); first++) {
		struct fixture f;

		profile_init(&f.profile);
		for (size_t k = 0; k < array_size(frames); k++) {
			size_t i = (first + k) % array_size(frames);
			struct frame frame = {
				.name = strtab_add(&f.profile.strings, "same"),
				.object =
					strtab_add(&f.profile.strings, frames[i].object),
				.kind = frames[i].kind,
				.is_inlined = frames[i].is_inlined,
			};
			node_id node =
				profile_child(&f.profile, PROFILE_ROOT,
					      frame_add(&f.profile.frames, &frame));

			profile_add(&f.profile, node, i + 1, 0);
		}
		layout_make(&f.layout, &f.profile);
		for (size_t i = 0; i < array_size(order); i++)
			assert_int_equal(f.layout.nodes.items[i + 1].count, order[i] + 1);
		release(&f);
	}
}

/* Exact links between the nodes, where branches of several depths end at once. */
static void parents_and_ends_are_exact(void **state)
{
	static const char *const lines[] = {"a;b;c 1", "a;b;d 2", "a;b 4",
					    "a;e 8",   "f;g 16",  NULL};
	static const struct {
		uint32_t parent, end, depth;
		uint64_t start, count;
	} nodes[] = {
		{0, 8, 0, 0, 31}, {0, 6, 1, 0, 15}, {1, 5, 2, 0, 7},   {2, 4, 3, 0, 1},
		{2, 5, 3, 1, 2},  {1, 6, 2, 7, 8},  {0, 8, 1, 15, 16}, {6, 8, 2, 15, 16},
	};
	struct fixture f;

	(void)state;
	lay_out(&f, lines);
	assert_int_equal(f.layout.nodes.n, array_size(nodes));
	for (size_t i = 0; i < array_size(nodes); i++) {
		const struct layout_node *n = &f.layout.nodes.items[i];

		assert_int_equal(n->parent, nodes[i].parent);
		assert_int_equal(n->end, nodes[i].end);
		assert_int_equal(n->depth, nodes[i].depth);
		assert_int_equal(n->start, nodes[i].start);
		assert_int_equal(n->count, nodes[i].count);
		assert_int_equal(n->frame, f.profile.nodes.items[n->node].frame);
	}
	assert_int_equal(f.layout.nodes.items[0].node, PROFILE_ROOT);
	assert_int_equal(f.layout.nodes.items[0].frame, UINT32_MAX);
	release(&f);
}

/* Deep recursion in the profiled program must not be recursion here. */
static void depth_has_no_limit(void **state)
{
	enum { DEPTH = 200000 };
	struct fixture f;
	node_id node = PROFILE_ROOT;
	frame_id frame;

	(void)state;
	profile_init(&f.profile);
	frame = frame_add(&f.profile.frames, &(struct frame){.kind = FRAME_USER});
	for (int i = 0; i < DEPTH; i++)
		node = profile_child(&f.profile, node, frame);
	profile_add(&f.profile, node, 7, 0);
	layout_make(&f.layout, &f.profile);
	assert_int_equal(f.layout.nodes.items[DEPTH].depth, DEPTH);
	assert_int_equal(f.layout.nodes.items[DEPTH].count, 7);
	release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siblings_are_ordered_by_name),
		cmocka_unit_test(parents_and_ends_fit),
		cmocka_unit_test(widths_may_be_other_than_samples),
		cmocka_unit_test(an_empty_profile_is_its_root),
		cmocka_unit_test(inlined_code_stays_apart),
		cmocka_unit_test(siblings_of_one_name_have_an_order),
		cmocka_unit_test(parents_and_ends_are_exact),
		cmocka_unit_test(depth_has_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
