/* Recordings before and after something -> their comparison. */
#pragma once

#include "diff/diff.h"
#include "flow/input_data.h"
#include "model/comparison.h"

struct comparing {
	struct load_options load;
	struct diff_options diff;
	bool share;	    /* compare shares in any case */
	bool force;	    /* unlike events too */
	double work[SIDES]; /* units, 0: not told */
	VEC(struct compared_file) files;
	struct input_data *runs; /* of each file */
	struct comparison result;
};

struct compared_file {
	const char *path;
	int side; /* -1: told by its place */
};

void comparing_init(struct comparing *c);
void comparing_release(struct comparing *c);

void comparing_add(struct comparing *c, int side, const char *path);

/* Loads everything and compares it. -1 where something can't be read, or must not be compared. */
int comparing_make(struct comparing *c, struct error *err);
