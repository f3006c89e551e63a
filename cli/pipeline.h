/* The way of data, from an input to a profile: every command is a cut of it. */
#pragma once

#include "base/error.h"
#include "cli/formats.h"
#include "fold/perf_script.h"
#include "model/conditions.h"
#include "model/dso.h"
#include "model/profile.h"

#include <stdbool.h>

struct pipeline_options {
	bool idle;    /* keep the stacks of idle CPUs */
	bool is_live; /* the recording has just been made: its processes may be asked */
	enum input_format from; /* what the input is, INPUT_UNKNOWN: to be found out */
	struct perf_script_options perf_script;
};

/* What came out of an input. */
struct run {
	enum input_format format;
	struct profile profile;
	struct conditions conditions;
	struct dso_table
		dsos;	   /* with the names that were found, for a recording to keep */
	VEC(char *) notes; /* lines for the user, about what was found missing */
	bool is_damaged;   /* the input ended in damage; what stood before it is here */
	struct error damage;
};

/* Reads a recording or folded text, "-" for stdin. -1 where nothing of it could be read; 'run'
 * is to be released in any case. */
int run_load(struct run *run, const char *path, const struct pipeline_options *options,
	     struct error *err);

/* As run_load(), of a recording that is known to be one. */
int run_load_recording(struct run *run, const char *path,
		       const struct pipeline_options *options, struct error *err);

/* Says the notes, and the damage, on stderr. Returns the exit status they mean. */
int run_tell(const struct run *run);

void run_init(struct run *run);
void run_release(struct run *run);
