/* The quantities of a comparison that are tested: self and total of all nodes and
 * functions with enough samples, each of them once; and their amounts in each run. */
#pragma once

#include "diff/diff_run.h"
#include "diff/significance.h"

/* Fewer samples on both sides together are never tested. Even if all of them are on
 * one side, the difference is less than four standard errors, too little for a
 * verdict. */
enum { QUANTITY_SAMPLES = 16 };

struct quantities {
	size_t rows;
	VEC(struct quantity) items;
	/* The row to which samples of a node, or function, add; QUANTITY_NONE: none. */
	uint32_t *node_self, *node_total;	  /* by node_id */
	uint32_t *function_self, *function_total; /* by frame_id */
	const bool *is_outermost;		  /* the caller's */
	/* Rows of which no two share samples: the self of each function. */
	VEC(uint32_t) apart;
};

#define QUANTITY_NONE UINT32_MAX

struct quantity {
	struct change *change;
	uint32_t row; /* changes that are always equal share a row */
};

/* Chooses the quantities. 'c' must have all its counts, with its functions in the
 * order of the union's frames. Neither its functions nor its nodes may move in memory
 * while 'q' lives. 'is_outermost' is outermost_nodes() of the union. */
void quantities_choose(struct quantities *q, struct comparison *c,
		       const bool *is_outermost);
void quantities_release(struct quantities *q);

/* Fills 'series' with the amounts of a run, for each row. nodes[i] is the union's node
 * of node i of the run's profile. With 'by_slices' there is one amount for each slice
 * of the run's timeline, else one for the whole run. */
void quantities_fill(const struct quantities *q, const struct comparison *c,
		     const struct diff_run *run, const node_id *nodes, bool by_slices,
		     struct series *series);

/* Frees the arrays of quantities_fill(). */
void quantities_free_series(struct series *series);
