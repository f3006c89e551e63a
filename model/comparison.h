/* A comparison of recordings from before and after a change: the union of both sides'
 * trees of stacks, with the counts of both sides, the differences, and the evidence for
 * each. */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stdint.h>

enum side { BEFORE, AFTER, SIDES };

enum measure {
	/* per second of the run: busy CPUs, or events */
	MEASURE_RATE,
	/* share of everything counted on a side, 0 to 1 */
	MEASURE_SHARE,
	/* per unit of work: seconds of CPU time, or events */
	MEASURE_WORK,
};

enum verdict {
	/* no evidence of a change */
	VERDICT_NONE,
	VERDICT_MORE,
	VERDICT_LESS,
	/* no samples before */
	VERDICT_NEW,
	/* no samples after */
	VERDICT_GONE,
	/* no change in total, but more in some stacks and less in others */
	VERDICT_MOVED,
	VERDICTS,
};

/* One quantity on both sides. */
struct change {
	/* sum over all runs: samples, or weights if these are not times */
	uint64_t count[SIDES];
	/* in the unit of the measure */
	double value[SIDES];
	/* after - before */
	double delta;
	/* There are enough samples. Otherwise the fields below are 0. */
	bool is_tested;
	/* 95 % confidence interval of 'delta' */
	double low, high;
	/* Probability of so large a difference by chance alone. If most functions changed
	 * by one factor (evidence.factor): of so large a difference from that factor, if
	 * that probability is larger. */
	double p;
	/* smallest difference that would be detected in four of five comparisons */
	double smallest;
	enum verdict verdict;
	/* It changed, but no more than by the factor of most functions: no verdict. */
	bool is_common;
};

struct node_change {
	struct change self, total;
};

#define FUNCTION_NONE UINT32_MAX

/* A function: all frames of equal name and object, in whatever stacks. A recursive
 * function's total counts each sample once. */
struct function_change {
	/* of the union profile: name, object and kind */
	frame_id frame;
	struct change self, total;
	/* Index of a function that this one calls and whose change of total makes up
	 * nearly all of this one's; FUNCTION_NONE if there is none. */
	uint32_t through;
};

/* Sums over all runs of one side. */
struct compared_side {
	uint32_t runs;
	uint64_t samples, idle, lost;
	uint64_t lost_side_band;
	/* 0: unknown */
	double seconds;
	/* units of work, 0: unknown */
	double work;
};

/* Sources of the intervals and verdicts. */
struct evidence {
	/* The variance comes from slices of time; otherwise from a model of counts. */
	bool has_slices;
	/* The user gave the variance: 'spread'. */
	bool is_given;
	/* The variance between several runs of a side is included. */
	bool has_runs;
	/* Bursts are long compared with the runs, so the intervals are wider. */
	bool is_short;
	/* least number of slices in a run, and the length of a slice in seconds */
	uint32_t slices;
	double slice;
	/* variance divided by that of independent samples, mean over all tested
	 * quantities */
	double spread;
	/* The factor (after / before) by which most functions changed together, and its
	 * 95 % interval; 0: there is none. */
	double factor, factor_low, factor_high;
	/* accepted share of false verdicts among all verdicts (false discovery rate) */
	double fdr;
	/* largest p that got a verdict */
	double critical;
	/* numbers of quantities */
	size_t tested, found;
};

/* Smallest change of a function of this size that is detected in four of five
 * comparisons. */
struct power {
	/* in the unit of the measure; 'change' is 0 if there is no function of this
	 * size */
	double size, change;
};

enum { COMPARISON_POWERS = 2 };

struct comparison {
	/* Union of both sides: every node of either side; counts are sums of both. */
	struct profile profile;
	/* by node_id; the root's total is the sum of the side */
	VEC(struct node_change) nodes;
	/* the most important first */
	VEC(struct function_change) functions;
	/* Never tested. The values are 0 if the measure has none for idle time. */
	struct change idle;

	enum measure measure;
	/* Quantities are CPU time; otherwise events or samples. */
	bool is_time;
	struct compared_side side[SIDES];
	struct evidence evidence;
	/* for functions of 1 % and of 10 % of the side */
	struct power powers[COMPARISON_POWERS];
};

/* Makes an empty comparison; it must not be moved in memory afterwards. */
void comparison_init(struct comparison *c);
void comparison_release(struct comparison *c);

/* Returns the word for a verdict: "more", "gone", "no evidence". */
const char *verdict_name(enum verdict verdict);

/* Mean of the values of both sides. */
double change_mean(const struct change *c);

/* Whether the function has a verdict for its self value or, unless 'by_self', for its
 * total. */
bool function_change_is_found(const struct function_change *f, bool by_self);

/* Factor and unit for printing values of the measure: 100 and "% of a CPU", 100 and "% of
 * the samples", 1e6 and "us of CPU time per unit of work", 1 and "events/s", and so
 * on. */
double comparison_scale(const struct comparison *c);
const char *comparison_unit(const struct comparison *c);

/* One percentage point as a value of the measure: 0.01 of a CPU or of the side; for other
 * measures, a hundredth of the total before. */
double comparison_point(const struct comparison *c);
