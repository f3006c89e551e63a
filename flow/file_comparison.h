/* Loads the input files of both sides and compares them. */
#pragma once

#include "base/error.h"
#include "base/vec.h"
#include "diff/diff.h"
#include "flow/input_data.h"
#include "model/comparison.h"

#include <stdbool.h>

struct compared_file {
	const char *path; /* the caller's; "-" for standard input */
	int side;	  /* enum side; -1 while the caller does not know it */
};

struct file_comparison {
	/* Options, set by the caller. The measure is replaced by shares if the files have
	 * no times. */
	struct load_options load;
	struct diff_options diff;
	bool share;	    /* always compare shares */
	bool force;	    /* also compare different events */
	double work[SIDES]; /* units of work on each side, for MEASURE_WORK */
	/* Paths of logs of the work (diff/work_log.h) instead, the caller's: as many as
	 * files, in the same order. The times are seconds since 1970, or, if they are
	 * small, since the start of the recording. */
	VEC(const char *) work_logs;
	VEC(struct compared_file) files;

	/* Results. 'inputs' has an item for each file. */
	struct input_data *inputs;
	struct comparison result;
};

/* Sets the default options, without files. */
void file_comparison_init(struct file_comparison *c);
void file_comparison_release(struct file_comparison *c);

/* Adds a file; side -1 if the caller does not know it yet. */
void file_comparison_add(struct file_comparison *c, int side, const char *path);

/* The number of files of a side, -1: of those without a side. */
size_t file_comparison_count(const struct file_comparison *c, int side);

/* Returns the paths of all files that are read, logs included, and their number in *n.
 * mem_free() frees the array. */
const char **file_comparison_paths(const struct file_comparison *c, size_t *n);

/* Loads all files and compares the sides. Each file must have a side and each side a
 * file. Returns -1 if a file cannot be read, or if the files cannot be compared in this
 * way. */
int file_comparison_run(struct file_comparison *c, struct error *err);

/* Returns the name of a side for people: the name of the side's first file without its
 * folder, and the number of its other files, in memory that the caller frees. */
char *file_comparison_side_name(const struct file_comparison *c, enum side side);

/* The metadata of the side's first file. */
const struct run_info *file_comparison_side_info(const struct file_comparison *c,
						 enum side side);
