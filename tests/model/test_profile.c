#include "model/profile.h"

#include "tests/test.h"

static frame_id frame(struct profile *p, const char *name)
{
	return frame_add(&p->frames,
			 &(struct frame){.name = strtab_add(&p->strings, name),
					 .kind = FRAME_USER});
}

static void the_same_way_leads_to_the_same_node(void **state)
{
	struct profile p;
	node_id a, ab;

	(void)state;
	profile_init(&p);
	a = profile_child(&p, PROFILE_ROOT, frame(&p, "a"));
	ab = profile_child(&p, a, frame(&p, "b"));
	assert_int_equal(profile_child(&p, PROFILE_ROOT, frame(&p, "a")), a);
	assert_int_equal(profile_child(&p, a, frame(&p, "b")), ab);
	assert_int_not_equal(profile_child(&p, PROFILE_ROOT, frame(&p, "b")), ab);
	assert_int_not_equal(profile_child(&p, ab, frame(&p, "b")), ab);
	assert_int_equal(p.nodes.n, 5);
	profile_release(&p);
}

static void an_empty_one_has_a_total(void **state)
{
	struct profile_total *totals;
	struct profile p;

	(void)state;
	profile_init(&p);
	totals = profile_totals(&p);
	assert_int_equal(totals[PROFILE_ROOT].count, 0);
	mem_free(totals);
	profile_release(&p);
}

/* Random stacks; each sample is added to every node on its way by hand. */
static void totals_are_the_sums_of_all_below(void **state)
{
	enum { SAMPLES = 5000, NODES = 20000 };
	static struct profile_total expected[NODES];
	struct profile_total *totals;
	uint64_t seed = 3, samples = 0;
	struct profile p;
	char name[2] = "a";

	(void)state;
	profile_init(&p);
	for (int i = 0; i < SAMPLES; i++) {
		node_id node = PROFILE_ROOT;
		uint64_t count = random_below(&seed, 5),
			 weight = random_below(&seed, 1000);

		for (uint64_t depth = random_below(&seed, 12); depth; depth--) {
			name[0] = (char)('a' + random_below(&seed, 3));
			node = profile_child(&p, node, frame(&p, name));
			assert_true(p.nodes.items[node].parent < node);
		}
		assert_true(p.nodes.n <= NODES);
		profile_add(&p, node, count, weight);
		samples += count;
		for (node_id up = node;; up = p.nodes.items[up].parent) {
			expected[up].count += count;
			expected[up].weight += weight;
			if (up == PROFILE_ROOT)
				break;
		}
	}
	totals = profile_totals(&p);
	assert_int_equal(totals[PROFILE_ROOT].count, samples);
	for (size_t i = 0; i < p.nodes.n; i++) {
		assert_int_equal(totals[i].count, expected[i].count);
		assert_int_equal(totals[i].weight, expected[i].weight);
	}
	mem_free(totals);
	profile_release(&p);
}

static void a_sum_that_is_too_large_is_remembered(void **state)
{
	struct profile p;
	struct frame frame = {.kind = FRAME_ROOT};
	node_id node;

	(void)state;
	profile_init(&p);
	node = profile_child(&p, PROFILE_ROOT, frame_add(&p.frames, &frame));
	profile_add(&p, node, UINT64_MAX - 1, 1);
	profile_add(&p, PROFILE_ROOT, 1, UINT64_MAX - 1);
	assert_false(p.has_overflow);
	profile_move(&p, node, PROFILE_ROOT);
	assert_int_equal(p.nodes.items[PROFILE_ROOT].count, UINT64_MAX);
	assert_int_equal(p.nodes.items[node].count, 0);
	assert_false(p.has_overflow);
	profile_add(&p, node, 0, 1);
	assert_true(p.has_overflow);
	profile_release(&p);
	profile_init(&p);
	profile_add(&p, PROFILE_ROOT, UINT64_MAX, 0);
	profile_add(&p, PROFILE_ROOT, 1, 0);
	assert_true(p.has_overflow);
	profile_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_way_leads_to_the_same_node),
		cmocka_unit_test(an_empty_one_has_a_total),
		cmocka_unit_test(totals_are_the_sums_of_all_below),
		cmocka_unit_test(a_sum_that_is_too_large_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
