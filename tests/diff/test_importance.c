#include "tests/test.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "diff/importance.h"

#include <stdio.h>

static void add(struct comparison *c, const char *name, enum frame_kind kind,
		double delta, double half, enum verdict verdict)
{
	struct frame frame = {.name = strtab_add(&c->profile.strings, name),
			      .kind = (uint8_t)kind};
	struct function_change *f = vec_add(&c->functions);

	f->frame = frame_add(&c->profile.frames, &frame);
	f->total = (struct change){.delta = delta,
				   .is_tested = true,
				   .low = delta - half,
				   .high = delta + half,
				   .verdict = verdict};
	f->self = f->total;
	f->self.delta = -delta;
	f->self.verdict = VERDICT_NONE;
	f->through = FUNCTION_NONE;
}

static const char *name_at(const struct comparison *c, size_t i)
{
	return frame_name(&c->profile.frames, c->functions.items[i].frame);
}

static void test_what_is_certain_comes_first(void **state)
{
	scoped(comparison_release) struct comparison c;
	bool is_outermost = false;

	(void)state;
	comparison_init(&c);
	vec_add(&c.nodes);
	add(&c, "process", FRAME_ROOT, 9, 0, VERDICT_MORE);
	add(&c, "unsure", FRAME_USER, 8, 0, VERDICT_NONE);
	add(&c, "vague", FRAME_USER, -5, 4.5, VERDICT_LESS);
	add(&c, "sharp", FRAME_USER, 3, 0.5, VERDICT_MORE);
	add(&c, "b", FRAME_USER, 1, 0.25, VERDICT_NEW);
	add(&c, "a", FRAME_USER, -1, 0.25, VERDICT_GONE);
	importance_sort(&c, &is_outermost, false);
	assert_int_equal(c.functions.n, 5);
	assert_string_equal(name_at(&c, 0), "sharp");
	assert_string_equal(name_at(&c, 1), "a");
	assert_string_equal(name_at(&c, 2), "b");
	assert_string_equal(name_at(&c, 3), "vague");
	assert_string_equal(name_at(&c, 4), "unsure");
}

static void test_by_self(void **state)
{
	scoped(comparison_release) struct comparison c;
	bool is_outermost = false;

	(void)state;
	comparison_init(&c);
	vec_add(&c.nodes);
	add(&c, "total", FRAME_USER, 9, 1, VERDICT_MORE);
	add(&c, "self", FRAME_USER, 1, 0.5, VERDICT_NONE);
	c.functions.items[1].self.verdict = VERDICT_LESS;
	importance_sort(&c, &is_outermost, true);
	assert_string_equal(name_at(&c, 0), "self");
}

/* main -> unnamed -> run -> unnamed -> search: the unnamed frames are of different
 * functions. */
static void test_what_explains_a_change_behind_code_without_names(void **state)
{
	static const struct {
		const char *name;
		enum frame_kind kind;
		double half;
	} functions[] = {{"main", FRAME_USER, 1},
			 {"[unknown x]", FRAME_UNKNOWN, 1},
			 {"run", FRAME_USER, 1.5},
			 {"search", FRAME_USER, 2}};
	static const frame_id stack[] = {0, 1, 2, 1, 3};
	static const bool is_outermost[] = {true, true, true, true, false, true};
	scoped(comparison_release) struct comparison c;
	node_id node = PROFILE_ROOT;

	(void)state;
	comparison_init(&c);
	vec_add(&c.nodes);
	for (size_t i = 0; i < array_size(functions); i++)
		add(&c, functions[i].name, functions[i].kind, -9, functions[i].half,
		    VERDICT_LESS);
	for (size_t i = 0; i < array_size(stack); i++) {
		node = profile_child(&c.profile, node, stack[i]);
		vec_add(&c.nodes)->total.delta = -9;
	}
	importance_sort(&c, is_outermost, false);
	assert_string_equal(name_at(&c, 0), "search");
	for (size_t i = 1; i < 4; i++)
		assert_int_equal(c.functions.items[i].through, 0);
	assert_string_equal(name_at(&c, 1), "run");
}

/* All of a stack of 200,000 functions changed: the time does not grow with the square
 * of their number. */
static void test_a_deep_stack(void **state)
{
	enum { DEPTH = 200000 };
	bool *is_outermost = mem_new(DEPTH + 1, sizeof(*is_outermost));
	scoped(comparison_release) struct comparison c;
	node_id node = PROFILE_ROOT;

	(void)state;
	comparison_init(&c);
	vec_add(&c.nodes);
	for (uint32_t i = 0; i < DEPTH; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%u", i);
		add(&c, name, FRAME_USER, 9, 1, VERDICT_MORE);
		node = profile_child(&c.profile, node, (frame_id)i);
		vec_add(&c.nodes)->total.delta = 9;
		is_outermost[i + 1] = true;
	}
	importance_sort(&c, is_outermost, false);
	assert_string_equal(name_at(&c, 0), "f199999");
	assert_string_equal(name_at(&c, 1), "f199998");
	assert_string_equal(name_at(&c, DEPTH - 1), "f0");
	for (uint32_t i = 1; i < DEPTH; i++)
		assert_int_equal(c.functions.items[i].through, 0);
	mem_free(is_outermost);
}

/* x -> a -> b -> a: nothing of that explains the change. */
static void test_a_circle_explains_nothing(void **state)
{
	static const char *const names[] = {"x", "a", "b"};
	static const frame_id stacks[][2] = {{0, 1}, {1, 2}, {2, 1}};
	static const bool is_outermost[] = {true, true, true, true, true, true, true};
	scoped(comparison_release) struct comparison c;

	(void)state;
	comparison_init(&c);
	vec_add(&c.nodes);
	for (size_t i = 0; i < array_size(names); i++)
		add(&c, names[i], FRAME_USER, 9, 1, VERDICT_MORE);
	for (size_t i = 0; i < array_size(stacks); i++) {
		node_id node = profile_child(&c.profile, PROFILE_ROOT, stacks[i][0]);

		profile_child(&c.profile, node, stacks[i][1]);
	}
	while (c.nodes.n < c.profile.nodes.n)
		vec_add(&c.nodes)->total.delta = 9;
	importance_sort(&c, is_outermost, false);
	for (size_t i = 0; i < c.functions.n; i++)
		assert_int_equal(c.functions.items[i].through, FUNCTION_NONE);
	assert_string_equal(name_at(&c, 0), "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_deep_stack),
		cmocka_unit_test(test_a_circle_explains_nothing),
		cmocka_unit_test(test_what_explains_a_change_behind_code_without_names),
		cmocka_unit_test(test_what_is_certain_comes_first),
		cmocka_unit_test(test_by_self),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
