/* How often the 95 % intervals hold the truth, by each measure: on random runs, always
 * the same, that differ in throughput, and by 0.9 % in the cost of a unit of work. */
#include "tests/test.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "diff/diff.h"
#include "tests/diff/workload.h"

#include <math.h>
#include <string.h>

enum { PAIRS = 40 };

/* Of many pairs. */
struct tally {
	double total, self; /* shares of the intervals that hold the truth */
	double any;	    /* share of the pairs with a verdict */
	/* of the total of all: share that holds the truth, mean half width as a part of
	 * the value */
	double all, half;
};

/* A pair, and its throughput: a unit costs 'cost' times as much after. */
struct pair {
	enum measure measure;
	double load[SIDES][2], cost;
	bool has_log;
};

static void compare(struct comparison *c, struct workload *w, const struct pair *pair)
{
	const struct diff_options options = {
		.measure = pair->measure, .is_time = true, .objects = true, .fdr = 0.05};
	struct sampled sampled[SIDES];
	struct diff_run runs[SIDES];

	for (int i = 0; i < SIDES; i++) {
		memcpy(w->load, pair->load[i], sizeof(w->load));
		w->cost = i == AFTER ? pair->cost : 1;
		workload_sample(&sampled[i], w, 0);
		runs[i] = (struct diff_run){
			.side = (enum side)i,
			.profile = &sampled[i].profile,
			.timeline = &sampled[i].timeline,
			.unit = 1.0 / w->hz,
			.seconds = w->seconds,
			.cpus = CPUS,
			.work = sampled[i].work,
			.work_slices = pair->has_log ? sampled[i].work_slices : NULL,
		};
	}
	comparison_init(c);
	diff_make(c, runs, SIDES, &options);
	for (int i = 0; i < SIDES; i++)
		sampled_release(&sampled[i]);
}

static bool holds(const struct change *c, double truth)
{
	return c->low <= truth && truth <= c->high;
}

/* The true difference of a quantity: its cost per unit of work grows as that of all. */
static double truth_of(const struct change *c, const struct comparison *all, double cost)
{
	double mean = change_mean(c) * 2 / (1 + cost);

	return all->measure == MEASURE_WORK ? mean * (cost - 1) : 0;
}

static struct tally tally(const char *name, double phase, const struct pair *pair)
{
	struct workload *w = mem_new(1, sizeof(*w));
	struct tally t = {0};
	double totals = 0, selfs = 0;

	for (int i = 0; i < PAIRS; i++) {
		const struct function_change *f;
		const struct change *all;
		struct comparison c;
		bool any = false;

		if (i % 10 == 0) {
			workload_make(w, phase, 0.03, 88172645463325252 + (uint64_t)i);
			w->hz = 199;
			w->seconds = 60;
		}
		compare(&c, w, pair);
		all = &c.nodes.items[PROFILE_ROOT].total;
		t.all += holds(all, truth_of(all, &c, pair->cost)) / (double)PAIRS;
		t.half += (all->high - all->low) / 2 / change_mean(all) / PAIRS;
		vec_each(f, &c.functions) {
			any |= function_change_is_found(f, false);
			if (f->total.is_tested &&
			    change_mean(&f->total) < change_mean(all)) {
				t.total += holds(&f->total,
						 truth_of(&f->total, &c, pair->cost));
				totals++;
			}
			if (f->self.is_tested) {
				t.self += holds(&f->self,
						truth_of(&f->self, &c, pair->cost));
				selfs++;
			}
		}
		t.any += any / (double)PAIRS;
		comparison_release(&c);
	}
	t.total /= totals;
	t.self /= selfs;
	mem_free(w);
	print_message(
		"%s: intervals of totals %.3f, of selfs %.3f, of all %.3f +-%.2f %%; "
		"pairs with a verdict %.3f\n",
		name, t.total, t.self, t.all, 100 * t.half, t.any);
	return t;
}

static void assert_right(const struct tally *t)
{
	assert_true(t->total >= 0.93 && t->total <= 0.97);
	assert_true(t->self >= 0.93 && t->self <= 0.97);
}

static void test_rate(void **state)
{
	const struct pair pair = {MEASURE_RATE, {{0.6, 0.6}, {0.6, 0.6}}, 1, false};
	struct tally t = tally("rate", 0.05, &pair);

	(void)state;
	assert_right(&t);
	assert_true(t.any <= 0.05);
}

static void test_share(void **state)
{
	const struct pair pair = {MEASURE_SHARE, {{0.3, 0.9}, {0.7, 0.7}}, 1, false};
	struct tally t = tally("share", 0.05, &pair);

	(void)state;
	assert_right(&t);
	assert_true(t.any <= 0.05);
}

/* The throughput triples within the run. */
static void test_work_of_moved_throughput(void **state)
{
	const struct pair pair = {MEASURE_WORK, {{0.3, 0.9}, {0.9, 0.5}}, 1.009, false};
	struct tally t = tally("work", 0.05, &pair);

	(void)state;
	assert_right(&t);
	assert_true(t.half <= 0.03);
	assert_true(t.all >= 0.9);
}

static void test_work_with_a_log(void **state)
{
	const struct pair pair = {MEASURE_WORK, {{0.3, 0.9}, {0.9, 0.5}}, 1.009, true};
	struct tally t = tally("work with a log", 0.05, &pair);

	(void)state;
	assert_right(&t);
	assert_true(t.half <= 0.03);
	assert_true(t.all >= 0.9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_work_of_moved_throughput),
		cmocka_unit_test(test_work_with_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
