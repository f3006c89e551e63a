#include "tests/test.h"

#include "base/scoped.h"
#include "diff/diff.h"
#include "fold/folded.h"

#include <math.h>
#include <string.h>

static const struct diff_options shares = {.measure = MEASURE_SHARE, .fdr = 0.05};

static void read_text(struct profile *p, const char *text)
{
	struct text_read_result result;

	profile_init(p);
	folded_read(p, text, strlen(text), NULL, &result);
	assert_int_equal(result.bad_lines, 0);
}

/* Compares two folded texts. */
static void compare(struct comparison *c, const char *before, const char *after,
		    const struct diff_options *options)
{
	const char *texts[SIDES] = {before, after};
	struct profile profiles[SIDES];
	struct diff_run runs[SIDES];

	for (int i = 0; i < SIDES; i++) {
		read_text(&profiles[i], texts[i]);
		runs[i] = (struct diff_run){
			.side = (enum side)i, .profile = &profiles[i], .unit = 1};
	}
	comparison_init(c);
	diff_make(c, runs, SIDES, options);
	for (int i = 0; i < SIDES; i++)
		profile_release(&profiles[i]);
}

static const struct function_change *find(const struct comparison *c, const char *name)
{
	const struct function_change *f;

	vec_each(f, &c->functions)
		if (strcmp(frame_name(&c->profile.frames, f->frame), name) == 0)
			return f;
	return NULL;
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
	assert_counts(&find(&c, "main")->total, 15, 10);
	assert_counts(&find(&c, "g")->self, 5, 0);
	assert_counts(&find(&c, "h")->self, 0, 7);
	assert_true(fabs(find(&c, "f")->total.value[AFTER] - 0.3) < 1e-12);
	assert_true(fabs(find(&c, "f")->total.delta + 0.7) < 1e-12);
}

static void test_recursion_counts_once(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;f;f;g;f 4\np;f 1\n", "p;f;g 2\n", &shares);
	assert_counts(&find(&c, "f")->total, 5, 2);
	assert_counts(&find(&c, "f")->self, 5, 0);
	assert_counts(&find(&c, "g")->total, 4, 2);
}

/* Also in the tested quantities. */
static void test_recursion_changes_no_interval(void **state)
{
	scoped(comparison_release) struct comparison c;
	const struct change *deep, *flat;

	(void)state;
	compare(&c, "p;f;f;x 4000\np;g 4000\np;f 9\np;g 9\n",
		"p;f;f;x 3000\np;g 3000\np;h 5000\n", &shares);
	deep = &find(&c, "f")->total;
	flat = &find(&c, "g")->total;
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
	assert_counts(&find(&c, "f")->total, 1, 1);
	assert_counts(&find(&c, "a::g")->self, 1, 1);
	exact.exact = true;
	compare(&to_the_letter, before, after, &exact);
	assert_int_equal(to_the_letter.profile.nodes.n, 7);
	assert_counts(&find(&to_the_letter, "f.isra.0")->total, 1, 0);
}

static void test_one_spelling_stays(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;f.isra.0 1\n", "p;f.isra.0 1\n", &shares);
	assert_non_null(find(&c, "f.isra.0"));
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
	assert_int_equal(find(&c, "a")->total.verdict, VERDICT_LESS);
	assert_int_equal(find(&c, "b")->total.verdict, VERDICT_MORE);
	assert_int_equal(find(&c, "gone")->total.verdict, VERDICT_GONE);
	assert_int_equal(find(&c, "new")->total.verdict, VERDICT_NEW);
	/* Too few to be tested. */
	assert_int_equal(find(&c, "one")->total.verdict, VERDICT_NONE);
	assert_false(find(&c, "one")->total.is_tested);
	assert_false(c.evidence.has_slices);
	assert_true(c.evidence.spread >= 2);
}

static void test_moved(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;m;a;x 5000\np;m;b;x 100\np;m;c 5000\n",
		"p;m;a;x 100\np;m;b;x 5000\np;m;c 5000\n", &shares);
	assert_int_equal(find(&c, "x")->total.verdict, VERDICT_MOVED);
	assert_int_equal(find(&c, "x")->self.verdict, VERDICT_MOVED);
	assert_int_equal(find(&c, "a")->total.verdict, VERDICT_LESS);
	assert_int_equal(find(&c, "b")->total.verdict, VERDICT_MORE);
	assert_int_equal(find(&c, "c")->total.verdict, VERDICT_NONE);
}

/* Below its outermost call a function may move as it likes. */
static void test_recursion_moves_nothing(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	compare(&c, "p;r;a;r;x 5000\np;r;b;r;x 100\np;m;c 5000\n",
		"p;r;a;r;x 100\np;r;b;r;x 5000\np;m;c 5000\n", &shares);
	assert_int_equal(find(&c, "x")->total.verdict, VERDICT_MOVED);
	assert_int_equal(find(&c, "r")->total.verdict, VERDICT_NONE);
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
	culprit = (uint32_t)(find(&c, "culprit") - c.functions.items);
	assert_int_equal(find(&c, "culprit")->through, FUNCTION_NONE);
	assert_int_equal(find(&c, "caller")->through, culprit);
	assert_int_equal(find(&c, "outer")->through, culprit);
	assert_int_equal(find(&c, "half")->through, FUNCTION_NONE);
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

static void test_measures(void **state)
{
	struct diff_options options = {
		.measure = MEASURE_RATE, .is_time = true, .fdr = 0.05};
	scoped(comparison_release) struct comparison rate, work;
	scoped(profile_release) struct profile p;
	struct diff_run runs[SIDES];

	(void)state;
	read_text(&p, "p;f 300\n");
	for (int i = 0; i < SIDES; i++)
		runs[i] = (struct diff_run){.side = (enum side)i,
					    .profile = &p,
					    .idle = 100,
					    .unit = 0.01,
					    .seconds = i == AFTER ? 6 : 2,
					    .work = i == AFTER ? 1500 : 100};
	comparison_init(&rate);
	diff_make(&rate, runs, SIDES, &options);
	assert_true(fabs(find(&rate, "f")->total.value[BEFORE] - 1.5) < 1e-9);
	assert_true(fabs(find(&rate, "f")->total.value[AFTER] - 0.5) < 1e-9);
	assert_true(fabs(rate.idle.value[BEFORE] - 0.5) < 1e-9);
	assert_true(comparison_scale(&rate) == 100 && comparison_point(&rate) == 0.01);
	options.measure = MEASURE_WORK;
	comparison_init(&work);
	diff_make(&work, runs, SIDES, &options);
	assert_true(fabs(find(&work, "f")->total.value[BEFORE] - 0.03) < 1e-9);
	assert_true(fabs(find(&work, "f")->total.value[AFTER] - 0.002) < 1e-9);
	assert_true(fabs(comparison_point(&work) - 0.0003) < 1e-9);
}

static const struct diff_options rates = {
	.measure = MEASURE_RATE, .is_time = true, .objects = true, .fdr = 0.05};

/* The same run on both sides. */
static void compare_twice(struct comparison *c, const struct diff_run *run)
{
	struct diff_run runs[SIDES] = {*run, *run};

	runs[AFTER].side = AFTER;
	comparison_init(c);
	diff_make(c, runs, SIDES, &rates);
}

static double width(const struct change *c)
{
	return c->high - c->low;
}

/* In ns; a sample of f weighs three times as much as one of g. */
static void test_weights(void **state)
{
	struct diff_run run = {.idle = 100, .weights = true, .unit = 1e-9, .seconds = 2};
	scoped(comparison_release) struct comparison c;
	scoped(profile_release) struct profile p;

	(void)state;
	read_text(&p, "p;f 100\np;g 300\n");
	for (size_t i = 0; i < p.nodes.n; i++)
		p.nodes.items[i].weight = p.nodes.items[i].count ? 3000000000 : 0;
	run.profile = &p;
	compare_twice(&c, &run);
	assert_true(fabs(find(&c, "f")->total.value[BEFORE] - 1.5) < 1e-9);
	assert_true(fabs(find(&c, "g")->total.value[AFTER] - 1.5) < 1e-9);
	assert_true(fabs(width(&find(&c, "f")->total) - width(&find(&c, "g")->total)) <
		    1e-9);
	/* Idle ones weigh as much as others on average. */
	assert_true(fabs(c.idle.value[BEFORE] - 0.75) < 1e-9);
}

static void test_times_need_ten_slices(void **state)
{
	scoped(profile_release) struct profile p;

	(void)state;
	read_text(&p, "p;f 90\n");
	for (uint32_t n = 9; n <= 10; n++) {
		struct timeline t = {.width = 500000000};
		struct diff_run run = {
			.profile = &p, .timeline = &t, .unit = 0.01, .seconds = n * 0.5};
		scoped(comparison_release) struct comparison c;

		for (uint32_t i = 0; i < n; i++) {
			vec_add(&t.slices);
			vec_push(&t.counts, ((struct timeline_count){2, i, 90 / n, 0}));
		}
		compare_twice(&c, &run);
		assert_int_equal(c.evidence.has_slices, n == 10);
		assert_true(c.evidence.slice == (n == 10 ? 0.5 : 0));
		timeline_release(&t);
	}
}

/* A function with all samples cannot vary. */
static void test_there_is_no_more_than_all_cpus(void **state)
{
	scoped(profile_release) struct profile p;

	(void)state;
	read_text(&p, "p;f 200\n");
	for (uint32_t cpus = 0; cpus <= 2; cpus++) {
		struct diff_run run = {
			.profile = &p, .cpus = cpus, .unit = 0.01, .seconds = 2};
		scoped(comparison_release) struct comparison c;

		compare_twice(&c, &run);
		assert_int_equal(width(&find(&c, "f")->total) > 0, cpus != 1);
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
	assert_true(c.powers[1].change == find(&c, "a")->total.smallest);
	assert_true(c.powers[0].change == 0);
}

static void test_runs_of_a_side_that_differ_are_evidence(void **state)
{
	scoped(comparison_release) struct comparison c;
	struct profile profiles[2];
	struct diff_run runs[4];

	(void)state;
	read_text(&profiles[0], "p;f 1000\np;g 9000\n");
	read_text(&profiles[1], "p;f 3000\np;g 7000\n");
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
	assert_counts(&find(&c, "main")->total, 100, 50);
}

/* libz is another one after, and f in a library of another name another function. */
static void test_objects_of_other_builds_are_matched(void **state)
{
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
	diff_make(&c, runs, SIDES, &rates);
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
	assert_counts(&find(&c, "f")->total, 1000, 0);
	assert_true(find(&c, "f")->total.value[AFTER] == 0);
	assert_true(isfinite(find(&c, "f")->total.p));
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
		cmocka_unit_test(test_measures),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_times_need_ten_slices),
		cmocka_unit_test(test_there_is_no_more_than_all_cpus),
		cmocka_unit_test(test_what_is_equal_is_tested_once),
		cmocka_unit_test(test_powers_are_those_of_functions_of_the_size),
		cmocka_unit_test(test_runs_of_a_side_that_differ_are_evidence),
		cmocka_unit_test(test_a_process_is_no_function),
		cmocka_unit_test(test_objects_of_other_builds_are_matched),
		cmocka_unit_test(test_an_empty_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
