/* What changed between recordings before and recordings after something: the union of their trees
 * of stacks, with both sides' counts, the difference, and what the evidence for it is. */
#pragma once

#include "base/vec.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stdint.h>

enum side { BEFORE, AFTER, SIDES };

enum measure {
	MEASURE_RATE,  /* per second of the run: CPUs busy in it, or events */
	MEASURE_SHARE, /* of all that was counted */
	MEASURE_WORK,  /* per unit of work: seconds of CPU time, or events */
};

enum verdict {
	VERDICT_NONE, /* no evidence that anything changed */
	VERDICT_MORE,
	VERDICT_LESS,
	VERDICT_NEW,  /* nothing of it before, */
	VERDICT_GONE, /* or after */
	VERDICT_MOVED, /* as much as before, but more of it in one place and less in another */
	VERDICTS,
};

/* One quantity on both sides. */
struct change {
	uint64_t
		count[SIDES]; /* samples (of weights that are no time: these), all runs */
	double value[SIDES];  /* in the measure */
	double delta;	      /* after - before */
	bool is_tested;	      /* there are samples enough; else there is none of this: */
	double low, high;     /* the 95 % interval of 'delta' */
	double p;	      /* that chance alone shows so much */
	double smallest; /* difference that would have been shown four times of five */
	enum verdict verdict;
};

struct node_change {
	struct change self, total;
};

#define FUNCTION_NONE UINT32_MAX

/* A function: all frames of equal name and object, in whatever stacks. A recursive function's
 * total counts each sample once. */
struct function_change {
	frame_id frame; /* of the union profile: its name, object and kind */
	struct change self, total;
	/* Of the functions, the one whose change of total is nearly all of this one's, because
	 * this one calls it; FUNCTION_NONE: it stands for itself. */
	uint32_t through;
};

/* What is known of one side. */
struct compared_side {
	uint32_t runs;
	uint64_t samples, idle, lost;
	double seconds; /* of all runs, 0: unknown */
	double work;	/* units of it, 0: unknown */
};

/* What the intervals and verdicts come from. */
struct evidence {
	bool has_slices; /* spread over the time of the runs; else over-dispersed counts */
	bool has_runs;	 /* and between several runs of a side */
	bool is_short; /* the runs are too short against their bursts: intervals are wider */
	uint32_t slices; /* of each run, at least so many ... */
	double slice;	 /* ... and each so long, in seconds */
	/* How many times the variance of independent samples, on average over all tested. */
	double spread;
	double fdr;	 /* the share of false ones among the verdicts that is accepted */
	double critical; /* p up to this one got a verdict */
	size_t tested, found; /* quantities */
};

/* The smallest change that is shown four times of five for a function of a certain size. */
struct power {
	double size,
		change; /* both in the measure; change 0: there is no such function */
};

enum { COMPARISON_POWERS = 2 };

struct comparison {
	/* The union: every node of either side; 'count' is the sum of both. */
	struct profile profile;
	VEC(struct node_change) nodes; /* by node_id; the root's total is all there is */
	VEC(struct function_change) functions; /* the most important first */
	struct change idle; /* value 0 where the measure has none for it; never tested */

	enum measure measure;
	bool is_time; /* CPU time, else events or samples */
	struct compared_side side[SIDES];
	struct evidence evidence;
	struct power
		powers[COMPARISON_POWERS]; /* for a function of 1 % and of 10 % of all */
};

void comparison_init(struct comparison *c);
void comparison_release(struct comparison *c);

/* The word for it: "more", "gone", "no evidence". */
const char *verdict_name(enum verdict verdict);

/* The mean of both sides. */
double change_mean(const struct change *c);

/* Whether there is a verdict on its self, or, unless 'by_self', on its total. */
bool function_change_is_found(const struct function_change *f, bool by_self);

/* What the measure's values are multiplied by to be shown in the unit that
 * comparison_unit() names: 100 and "% of a CPU", 100 and "% of the samples", 1e6 and "us of CPU
 * time per unit of work", 1 and "events/s", ... */
double comparison_scale(const struct comparison *c);
const char *comparison_unit(const struct comparison *c);

/* One per cent point of the measure, as a value: 0.01 of a CPU or of all; where the measure is
 * neither, a hundredth of all there was before. */
double comparison_point(const struct comparison *c);
