/* What of a comparison is tested: selfs and totals of nodes and functions that have samples enough,
 * each of them once, and what the runs have of them. */
#pragma once

#include "diff/diff_run.h"
#include "diff/significance.h"

/* Fewer samples, on both sides together, could not make a difference that shows, whichever side
 * they are on: it would be less than four standard errors. */
enum { QUANTITY_SAMPLES = 16 };

struct quantities {
	size_t rows;
	VEC(struct quantity) items;
	/* The rows that the samples of a node, or function, add to; QUANTITY_NONE: none. */
	uint32_t *node_self, *node_total;	  /* by node_id */
	uint32_t *function_self, *function_total; /* by frame_id */
	const bool *is_outermost;		  /* somebody else's */
};

#define QUANTITY_NONE UINT32_MAX

struct quantity {
	struct change *change;
	uint32_t row; /* others may have it too: those that are equal at any time */
};

/* Chooses them; all counts of 'c' are there, its functions stand in the order of the union's
 * frames, and neither functions nor nodes move as long as 'q' lives. 'is_outermost' is
 * outermost_nodes() of the union. */
void quantities_choose(struct quantities *q, struct comparison *c,
		       const bool *is_outermost);
void quantities_release(struct quantities *q);

/* What a run has of each row. 'nodes' are the union's, for each one of the run's profile. */
void quantities_fill(const struct quantities *q, const struct comparison *c,
		     const struct diff_run *run, const node_id *nodes, bool by_slices,
		     struct series *series);

/* Frees what quantities_fill() made. */
void quantities_free_series(struct series *series);
