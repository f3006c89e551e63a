#include "diff/diff.h"

#include "base/scoped.h"
#include "tests/diff/texts.h"
#include "tests/test.h"

#include <math.h>
#include <string.h>

static const struct diff_options shares = {.measure = MEASURE_SHARE, .fdr = 0.05};

/* Compares two folded texts. */
static void compare(struct comparison *c, const char *before, const char *after,
		    const struct diff_options *options)
{
	const char *texts[SIDES] = {before, after};
	struct profile profiles[SIDES];
	struct diff_run runs[SIDES];

	for (int i = 0; i < SIDES; i++) {
		profile_of_text(&profiles[i], texts[i]);
		runs[i] = (struct diff_run){
			.side = (enum side)i, .profile = &profiles[i], .unit = 1};
	}
	comparison_init(c);
	diff_make(c, runs, SIDES, options);
	for (int i = 0; i < SIDES; i++)
		profile_release(&profiles[i]);
}

static void assert_counts(const struct change *c, uint64_t before, uint64_t after)
{
	assert_int_equal(c->count[BEFORE], before);
	assert_int_equal(c->count[AFTER], after);
}

static void test_the_union_has_both_sides(void **state)
{
	scoped(comparison_release) struct comparison c;
	node_id node = 0;

	(void)state;
	compare(&c, "p;main;f 10\np;main;f;g 5\n", "p;main;h 7\np;main;f 3\n", &shares);
	/* The root, p, main, f, g, h. */
	assert_int_equal(c.profile.nodes.n, 6);
	assert_int_equal(c.nodes.n, 6);
	assert_counts(&c.nodes.items[PROFILE_ROOT].total, 15, 10);
	for (size_t i = 1; i < c.nodes.n; i++)
		if (strcmp(frame_name(&c.profile.frames, c.profile.nodes.items[i].frame),
			   "f") == 0)
			node = (node_id)i;
	assert_counts(&c.nodes.items[node].self, 10, 3);
	assert_counts(&c.nodes.items[node].total, 15, 3);
	assert_int_equal(c.profile.nodes.items[node].count, 13);
	/* Processes are structure. */
	assert_int_equal(c.functions.n, 4);
	assert_counts(&function_named(&c, "main")->total, 15, 10);
	assert_counts(&function_named(&c, "g")->self, 5, 0);
	assert_counts(&function_named(&c, "h")->self, 0, 7);
	assert_true(fabs(function_named(&c, "f")->total.value[AFTER] - 0.3) < 1e-12);
	assert_true(fabs(function_named(&c, "f")->total.delta + 0.7) < 1e-12);
}

static void test_recursion_counts_once(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;f;f;g;f 4\np;f 1\n", "p;f;g 2\n", &shares);
	assert_counts(&function_named(&c, "f")->total, 5, 2);
	assert_counts(&function_named(&c, "f")->self, 5, 0);
	assert_counts(&function_named(&c, "g")->total, 4, 2);
}

/* Also in the tested quantities. */
static void test_recursion_changes_no_interval(void **state)
{
	scoped(comparison_release) struct comparison c;
	const struct change *deep, *flat;

	(void)state;
	compare(&c, "p;f;f;x 4000\np;g 4000\np;f 9\np;g 9\n",
		"p;f;f;x 3000\np;g 3000\np;h 5000\n", &shares);
	deep = &function_named(&c, "f")->total;
	flat = &function_named(&c, "g")->total;
	assert_true(deep->is_tested && flat->is_tested);
	assert_true(fabs(deep->high - flat->high) < 1e-9);
	assert_true(fabs(deep->p - flat->p) < 1e-9);
}

static void test_names_of_other_builds_are_matched(void **state)
{
	struct diff_options exact = shares;
	scoped(comparison_release) struct comparison c, to_the_letter;
	const char *before = "worker-12;f.isra.0;a::g::h0123456789abcdef 1\n";
	const char *after = "worker-7;f.constprop.1;a::g::hfedcba9876543210 1\n";

	(void)state;
	compare(&c, before, after, &shares);
	assert_int_equal(c.profile.nodes.n, 4);
	assert_counts(&function_named(&c, "f")->total, 1, 1);
	assert_counts(&function_named(&c, "a::g")->self, 1, 1);
	exact.exact = true;
	compare(&to_the_letter, before, after, &exact);
	assert_int_equal(to_the_letter.profile.nodes.n, 7);
	assert_counts(&function_named(&to_the_letter, "f.isra.0")->total, 1, 0);
}

static void test_one_spelling_stays(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;f.isra.0 1\n", "p;f.isra.0 1\n", &shares);
	assert_non_null(function_named(&c, "f.isra.0"));
}

static const char calm[] = "p;main;a;x 4000\np;main;b;x 1000\np;main;c 3000\np;main;d "
			   "2000\np;main;e 30\n";

static void test_the_same_is_no_evidence(void **state)
{
	scoped(comparison_release) struct comparison c;
	const struct function_change *f;

	(void)state;
	compare(&c, calm, calm, &shares);
	assert_int_equal(c.evidence.found, 0);
	assert_true(c.evidence.tested > 0);
	vec_each(f, &c.functions) {
		assert_int_equal(f->total.verdict, VERDICT_NONE);
		assert_int_equal(f->self.verdict, VERDICT_NONE);
		assert_true(f->total.delta == 0);
	}
}

static void test_verdicts(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;m;a 9000\np;m;b 9000\np;m;k 9000\np;m;one 3\np;m;gone 5000\n",
		"p;m;a 500\np;m;b 60000\np;m;k 9200\np;m;two 3\np;m;new 5000\n", &shares);
	assert_int_equal(function_named(&c, "a")->total.verdict, VERDICT_LESS);
	assert_int_equal(function_named(&c, "b")->total.verdict, VERDICT_MORE);
	assert_int_equal(function_named(&c, "gone")->total.verdict, VERDICT_GONE);
	assert_int_equal(function_named(&c, "new")->total.verdict, VERDICT_NEW);
	/* Too few to be tested. */
	assert_int_equal(function_named(&c, "one")->total.verdict, VERDICT_NONE);
	assert_false(function_named(&c, "one")->total.is_tested);
	assert_false(c.evidence.has_slices);
	assert_true(c.evidence.spread >= 1);
}

static void test_moved(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;m;a;x 5000\np;m;b;x 100\np;m;c 5000\n",
		"p;m;a;x 100\np;m;b;x 5000\np;m;c 5000\n", &shares);
	assert_int_equal(function_named(&c, "x")->total.verdict, VERDICT_MOVED);
	assert_int_equal(function_named(&c, "x")->self.verdict, VERDICT_MOVED);
	assert_int_equal(function_named(&c, "a")->total.verdict, VERDICT_LESS);
	assert_int_equal(function_named(&c, "b")->total.verdict, VERDICT_MORE);
	assert_int_equal(function_named(&c, "c")->total.verdict, VERDICT_NONE);
}

/* Below its outermost call a function may move as it likes. */
static void test_recursion_moves_nothing(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;r;a;r;x 5000\np;r;b;r;x 100\np;m;c 5000\n",
		"p;r;a;r;x 100\np;r;b;r;x 5000\np;m;c 5000\n", &shares);
	assert_int_equal(function_named(&c, "x")->total.verdict, VERDICT_MOVED);
	assert_int_equal(function_named(&c, "r")->total.verdict, VERDICT_NONE);
}

/* A callee explains its callers; a change that is smaller by a fifth is not of equal
 * size. */
static void test_order(void **state)
{
	scoped(comparison_release) struct comparison c;
	static const char *const order[] = {"culprit", "caller", "outer", "half"};
	uint32_t culprit;

	(void)state;
	compare(&c,
		"p;main;outer;caller;culprit 4000\np;main;outer;caller;culprit;half "
		"5000\n"
		"p;main;outer;caller 90\np;main;outer 90\np;main;other 10000\n",
		"p;main;outer;caller;culprit 40\np;main;outer;caller;culprit;half 50\n"
		"p;main;other 10000\n",
		&shares);
	for (size_t i = 0, at = 0; i < c.functions.n; i++) {
		const char *name =
			frame_name(&c.profile.frames, c.functions.items[i].frame);

		if (at < array_size(order) && strcmp(name, order[at]) == 0)
			at++;
		if (i + 1 == c.functions.n)
			assert_int_equal(at, array_size(order));
	}
	culprit = (uint32_t)(function_named(&c, "culprit") - c.functions.items);
	assert_int_equal(function_named(&c, "culprit")->through, FUNCTION_NONE);
	assert_int_equal(function_named(&c, "caller")->through, culprit);
	assert_int_equal(function_named(&c, "outer")->through, culprit);
	assert_int_equal(function_named(&c, "half")->through, FUNCTION_NONE);
}

static void test_sides_exchanged_give_the_mirror(void **state)
{
	static const enum verdict mirror[VERDICTS] = {
		[VERDICT_MORE] = VERDICT_LESS,	 [VERDICT_LESS] = VERDICT_MORE,
		[VERDICT_NEW] = VERDICT_GONE,	 [VERDICT_GONE] = VERDICT_NEW,
		[VERDICT_MOVED] = VERDICT_MOVED,
	};
	scoped(comparison_release) struct comparison c, m;
	const char *other = "p;main;a;x 500\np;main;b;x 6000\np;main;n 3000\np;main;d "
			    "2100\n";

	(void)state;
	compare(&c, calm, other, &shares);
	compare(&m, other, calm, &shares);
	assert_int_equal(c.functions.n, m.functions.n);
	assert_true(c.evidence.found > 0);
	for (size_t i = 0; i < c.functions.n; i++) {
		const struct function_change *f = &c.functions.items[i];
		const struct function_change *g = &m.functions.items[i];

		assert_string_equal(frame_name(&c.profile.frames, f->frame),
				    frame_name(&m.profile.frames, g->frame));
		assert_true(f->total.delta == -g->total.delta);
		assert_true(fabs(f->total.low + g->total.high) < 1e-12);
		assert_true(fabs(f->total.p - g->total.p) <= 1e-9 * f->total.p);
		assert_int_equal(f->total.verdict, mirror[g->total.verdict]);
		assert_int_equal(f->self.verdict, mirror[g->self.verdict]);
	}
}

/* m, which equals p and the whole; and f, with equal total and self. */
static void test_what_is_equal_is_tested_once(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;m;f 100\n", "p;m;f 100\n", &shares);
	assert_int_equal(c.evidence.tested, 3);
}

static void test_powers_are_those_of_functions_of_the_size(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;m;a 1900\np;m;b 8100\n", "p;m;a 1900\np;m;b 8100\n", &shares);
	assert_true(fabs(c.powers[1].size - 0.1) < 1e-12);
	assert_true(c.powers[1].change == function_named(&c, "a")->total.smallest);
	assert_true(c.powers[0].change == 0);
}

static void test_runs_of_a_side_that_differ_are_evidence(void **state)
{
	scoped(comparison_release) struct comparison c;
	struct profile profiles[2];
	struct diff_run runs[4];

	(void)state;
	profile_of_text(&profiles[0], "p;f 1000\np;g 9000\n");
	profile_of_text(&profiles[1], "p;f 3000\np;g 7000\n");
	for (int i = 0; i < 4; i++)
		runs[i] = (struct diff_run){.side = i < 2 ? BEFORE : AFTER,
					    .profile = &profiles[i % 2],
					    .unit = 1};
	comparison_init(&c);
	diff_make(&c, runs, 4, &shares);
	assert_true(c.evidence.has_runs);
	assert_true(c.evidence.spread > 100);
	profile_release(&profiles[0]);
	profile_release(&profiles[1]);
}

static void test_a_process_is_no_function(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "main;main 100\n", "main;main 50\n", &shares);
	assert_int_equal(c.profile.nodes.n, 3);
	assert_int_equal(c.functions.n, 1);
	assert_counts(&function_named(&c, "main")->total, 100, 50);
}

/* libz is another one after, and f in a library of another name another function. */
static void test_objects_of_other_builds_are_matched(void **state)
{
	static const struct diff_options options = {
		.measure = MEASURE_RATE, .is_time = true, .objects = true, .fdr = 0.05};
	static const char *const objects[SIDES][2] = {{"libz.so.1.2.12", "libx.so"},
						      {"libz.so.1.2.13", "liby.so"}};
	scoped(comparison_release) struct comparison c;
	const struct function_change *f;
	struct profile profiles[SIDES];
	struct diff_run runs[SIDES];

	(void)state;
	for (int i = 0; i < SIDES; i++) {
		struct profile *p = &profiles[i];

		profile_init(p);
		for (int k = 0; k < 2; k++) {
			struct frame frame = {
				.name = strtab_add(&p->strings, "f"),
				.object = strtab_add(&p->strings, objects[i][k]),
				.kind = FRAME_LIBRARY};

			profile_add(p,
				    profile_child(p, PROFILE_ROOT,
						  frame_add(&p->frames, &frame)),
				    1, 0);
		}
		runs[i] = (struct diff_run){
			.side = (enum side)i, .profile = p, .unit = 1, .seconds = 1};
	}
	comparison_init(&c);
	diff_make(&c, runs, SIDES, &options);
	assert_int_equal(c.functions.n, 3);
	vec_each(f, &c.functions) {
		const struct frame *frame = frame_at(&c.profile.frames, f->frame);
		const char *object = strtab_str(&c.profile.strings, frame->object);

		assert_int_equal(strcmp(object, "libz.so") == 0,
				 f->total.count[BEFORE] == 1 &&
					 f->total.count[AFTER] == 1);
	}
	profile_release(&profiles[BEFORE]);
	profile_release(&profiles[AFTER]);
}

static void test_an_empty_side(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;f 1000\n", "# nothing\n", &shares);
	assert_counts(&function_named(&c, "f")->total, 1000, 0);
	assert_true(function_named(&c, "f")->total.value[AFTER] == 0);
	assert_true(isfinite(function_named(&c, "f")->total.p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_union_has_both_sides),
		cmocka_unit_test(test_recursion_counts_once),
		cmocka_unit_test(test_recursion_changes_no_interval),
		cmocka_unit_test(test_names_of_other_builds_are_matched),
		cmocka_unit_test(test_one_spelling_stays),
		cmocka_unit_test(test_the_same_is_no_evidence),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_recursion_moves_nothing),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sides_exchanged_give_the_mirror),
		cmocka_unit_test(test_what_is_equal_is_tested_once),
		cmocka_unit_test(test_powers_are_those_of_functions_of_the_size),
		cmocka_unit_test(test_runs_of_a_side_that_differ_are_evidence),
		cmocka_unit_test(test_a_process_is_no_function),
		cmocka_unit_test(test_objects_of_other_builds_are_matched),
		cmocka_unit_test(test_an_empty_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
