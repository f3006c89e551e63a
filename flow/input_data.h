/* What came out of an input, and how it was to be read. */
#pragma once

#include "base/error.h"
#include "flow/formats.h"
#include "flow/selection.h"
#include "flow/truncated_stacks.h"
#include "fold/text_format.h"
#include "model/dso.h"
#include "model/profile.h"
#include "model/run_info.h"
#include "model/timeline.h"

#include <stdbool.h>

struct debuginfod;
struct dso_keeper;
struct jit_keeper;

struct load_options {
	bool idle;	 /* keep the stacks of idle CPUs */
	uint32_t slices; /* of time, at most so many, in run.timeline; 0: not wanted */
	bool addrs;	 /* show the addresses of frames without a name */
	bool inlines; /* frames of inlined functions, where the file's DWARF is at hand */
	bool lines;   /* file and line behind the names, likewise */
	bool completes; /* look up anew what a recording has no names for */
	bool is_live; /* the recording has just been made: its processes may be asked, */
	struct dso_keeper *keeper;  /* and the files that were kept; NULL: none were */
	struct jit_keeper *jit;	    /* likewise, of code that programs made */
	struct debuginfod *servers; /* to be asked for what is not here; NULL: none */
	const char *debug_folder;   /* for debug files, an absolute path; NULL: none */
	enum input_format from; /* what the input is, INPUT_UNKNOWN: to be found out */
	struct text_read_options perf_script;
	struct selection selection; /* of a recording's samples */
};

struct input_data {
	enum input_format format;
	struct profile profile;
	struct timeline timeline; /* of a recording's samples, if it was wanted */
	struct run_info run_info;
	struct dso_table
		dsos; /* with the names that were found, for a recording to keep */
	struct truncated_program truncated; /* only if load_options.is_live */
	VEC(char *) notes; /* lines for the user, about what was found missing */
	bool lacks_facts; /* facts or names that the recording had are damaged: see the notes */
	bool is_damaged; /* the input ended in damage; what stood before it is here */
	struct error damage;
};

/* Default options: inlined functions are shown, and the format is guessed. */
struct load_options load_options_default(void);

void input_data_init(struct input_data *run);
void input_data_release(struct input_data *run);
