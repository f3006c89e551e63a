/* How often a verdict is wrong, and how often a real difference gets one: on random
 * runs, always the same. 5,940 samples a run, as of 30 s at 99 Hz on two CPUs. */
#include "tests/test.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "diff/diff.h"
#include "tests/diff/workload.h"

#include <math.h>
#include <stdio.h>

enum { PAIRS = 40 };

static const double PLANTED_SHARE = 0.03;

static void compare(struct comparison *c, struct workload *w, double extra,
		    bool has_times)
{
	const struct diff_options options = {.measure = has_times ? MEASURE_RATE
								  : MEASURE_SHARE,
					     .is_time = has_times,
					     .objects = true,
					     .fdr = 0.05};
	struct sampled sampled[SIDES];
	struct diff_run runs[SIDES];

	for (int i = 0; i < SIDES; i++) {
		workload_sample(&sampled[i], w, i == AFTER ? extra : 0);
		runs[i] = (struct diff_run){.side = (enum side)i,
					    .profile = &sampled[i].profile,
					    .unit = has_times ? 1.0 / w->hz : 1,
					    .seconds = w->seconds};
		if (has_times)
			runs[i].timeline = &sampled[i].timeline;
	}
	comparison_init(c);
	diff_make(c, runs, SIDES, &options);
	for (int i = 0; i < SIDES; i++)
		sampled_release(&sampled[i]);
}

/* Results of many pairs of runs. */
struct tally {
	double wrong_pairs,
		wrong_functions; /* shares with a verdict though nothing changed */
	double held;		 /* share of the intervals that hold the truth */
	double smallest;	 /* of the planted function, mean */
	double found;	  /* share of the pairs in which the planted one has "more" */
	double too_short; /* share of the pairs reported as too short */
};

static void count_functions(struct tally *t, const struct comparison *c,
			    const double *truth, double *intervals)
{
	const struct function_change *f;
	size_t wrong = 0;

	vec_each(f, &c->functions) {
		const char *name = frame_name(&c->profile.frames, f->frame);
		bool is_planted = strcmp(name, "f6") == 0;
		int number;

		if (f->total.verdict != VERDICT_NONE && !is_planted)
			wrong++;
		if (is_planted) {
			t->smallest += f->total.smallest / PAIRS;
			t->found += (f->total.verdict == VERDICT_MORE) / (double)PAIRS;
		}
		if (!f->total.is_tested || sscanf(name, "f%d", &number) != 1)
			continue;
		t->held +=
			f->total.low <= truth[number] && truth[number] <= f->total.high;
		++*intervals;
	}
	t->wrong_pairs += (wrong > 0) / (double)PAIRS;
	t->wrong_functions += (double)wrong / FUNCTIONS / PAIRS;
}

/* Compares PAIRS pairs; 'extra' is added to the planted function, in CPUs. */
static struct tally tally(double phase, double extra, bool has_times)
{
	struct tally t = {0};
	struct workload *w = mem_new(1, sizeof(*w));
	double intervals = 0, truth[FUNCTIONS];

	for (int i = 0; i < PAIRS; i++) {
		struct comparison c;
		double share;

		/* Another workload each tenth pair. */
		if (i % 10 == 0)
			workload_make(w, phase, PLANTED_SHARE,
				      88172645463325252 + (uint64_t)i);
		share = extra / CPUS / (1 - w->share[PLANTED]);
		for (int f = 0; f < FUNCTIONS; f++)
			truth[f] = CPUS * (f == PLANTED ? share * (1 - w->share[f])
							: -share * w->share[f]);
		compare(&c, w, share, has_times);
		count_functions(&t, &c, truth, &intervals);
		t.too_short += c.evidence.is_short / (double)PAIRS;
		comparison_release(&c);
	}
	t.held /= intervals;
	mem_free(w);
	print_message("phases of %.1f s, planted %.4f: pairs with a wrong verdict %.3f, "
		      "functions %.5f, intervals %.4f, found %.2f, too short %.2f, "
		      "smallest %.4f\n",
		      phase, extra, t.wrong_pairs, t.wrong_functions, t.held, t.found,
		      t.too_short, t.smallest);
	return t;
}

/* 95 % intervals may be wider if the runs are reported as too short. */
static bool is_right(const struct tally *t)
{
	return t->held >= 0.93 && (t->held <= 0.97 || t->too_short > 0.5);
}

/* Pairs without a change, and pairs with a change of the size that should get a
 * verdict. */
static void test_bursts(void **state)
{
	static const double phases[] = {0, 0.2, 1, 3};

	(void)state;
	for (size_t i = 0; i < array_size(phases); i++) {
		struct tally t = tally(phases[i], 0, true);

		assert_true(t.wrong_pairs <= 0.1);
		assert_true(t.wrong_functions <= 0.005);
		assert_true(is_right(&t));
		/* Ten slices of 3 s cannot show how long phases of 3 s are. */
		assert_true(phases[i] < 3 ? t.too_short < 0.5 : t.too_short > 0.5);
		t = tally(phases[i], t.smallest, true);
		assert_true(t.found >= 0.8);
		assert_true(is_right(&t));
	}
}

static void test_nothing_changed_without_times(void **state)
{
	struct tally calm = tally(0, 0, false), bursts = tally(0.5, 0, false);

	(void)state;
	assert_true(calm.wrong_pairs <= 0.1 && calm.wrong_functions <= 0.005);
	assert_true(bursts.wrong_pairs <= 0.1 && bursts.wrong_functions <= 0.005);
}

static void test_two_points_more_are_found(void **state)
{
	/* Of 3 %, in per cent of all: 5,940 samples that are independent. */
	struct tally t = tally(0, 0.02 * CPUS, true);

	(void)state;
	assert_true(t.found >= 0.9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_nothing_changed_without_times),
		cmocka_unit_test(test_two_points_more_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
