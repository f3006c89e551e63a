/* The result of loading an input, and the options for it. */
#pragma once

#include "base/error.h"
#include "base/readers.h"
#include "flow/selection.h"
#include "flow/truncated_stacks.h"
#include "fold/text_format.h"
#include "model/dso.h"
#include "model/profile.h"
#include "model/run_info.h"
#include "model/timeline.h"
#include "rights/rights.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct dso_keeper;
struct file_marks;
struct file_places;
struct input_format;
struct jit_keeper;

/* Options that do not apply to a format of input are ignored. */
struct load_options {
	/* format of the input, and of its text; NULL: found by the content */
	const struct input_format *from;
	const struct text_format *text;
	/* samples of a recording that are counted, and the roots of their stacks */
	struct selection selection;
	/* read perf script text exactly as stackcollapse-perf.pl does, and compare names
	 * byte by byte */
	bool exact;
	/* keep the stacks of idle CPUs */
	bool idle;
	/* show the addresses of frames without a name */
	bool addrs;
	/* load a recording of hardware trace data alone: its profile is empty */
	bool traces;
	/* show inlined functions as frames, if the DWARF of the file is available */
	bool inlines;
	/* add file and line to the names, likewise */
	bool lines;
	/* the most slices of time in the timeline; 0: no timeline */
	uint32_t slices;
	/* also of perf script text, by the times of its samples */
	bool text_slices;

	/* For names, of recordings only: */

	/* look up names that the recording lacks on this machine */
	bool completes;
	/* why this machine may show no kernel addresses; a worker cannot find out */
	enum hidden_kernel hidden_kernel;
	/* The recording was just taken: its processes may still run. */
	bool is_live;
	/* files that were kept open during the recording; NULL: none */
	struct dso_keeper *keeper;
	/* see elf/path_open.h */
	struct slow_files *slow;
	/* the same for code that was made at run time */
	struct jit_keeper *jit;
	/* of files that this machine lacks; NULL: none */
	const struct file_places *places;
	/* time for names after the start of the load, in ns; 0: no limit */
	uint64_t name_time;
	/* ends the search for names when it is true; NULL: never */
	const atomic_bool *hurry;
	/* dsos that are being read, and those that must not be read; NULL: none */
	struct file_marks *marks;
};

/* An event of a recording, with all of its samples. */
struct input_event {
	char *name;
	uint64_t samples;
};

struct input_data {
	const struct input_format *format;
	const struct text_format *text; /* NULL: the input is no text */
	/* the users who may read the input: outputs made of it are for no others */
	struct readers readers;
	struct profile profile;
	/* false: weights are 0, the profile has numbers of samples only */
	bool has_weights;
	/* the counts of a text with fractions are multiplied by this power of ten */
	uint8_t decimals;
	struct timeline timeline; /* empty without load_options.slices */
	/* of a recording, those without samples included */
	VEC(struct input_event) events;
	/* ns on the clock of the samples: of the first and the last one; 0: unknown */
	uint64_t first, last;
	struct run_info run_info;
	/* of a recording, with the names that were found: to be stored in the
	 * recording */
	struct dso_table dsos;
	/* only with load_options.is_live */
	struct truncated_program truncated;
	/* the number of names that the recording had for each of the first dsos, only
	 * with load_options.completes */
	VEC(size_t) names_before;
	/* lines for the user: missing names, ignored events, ... */
	VEC(char *) notes;
	/* metadata or names of the recording are damaged; a note has the details */
	bool lacks_facts;
	/* the recording is damaged; the samples before the damage were loaded */
	bool is_damaged;
	struct error damage;
};

/* Inlined functions are shown; everything else is off. */
struct load_options load_options_default(void);

void input_data_init(struct input_data *data);
void input_data_release(struct input_data *data);

/* Adds notes about lost records, each kind with its meaning, from the run info. */
void input_data_note_losses(struct input_data *data);

/* Adds notes about ns of suspend and about CPUs that came and could not be sampled. */
void input_data_note_cpus(struct input_data *data, uint64_t slept, uint32_t n_refused);

/* Adds a note about the program with most truncated stacks, in copies of 'copy' bytes. */
void input_data_note_truncated(struct input_data *data, uint32_t copy);

/* Adds a note about samples of processes outside of the recorder's pid namespace. */
void input_data_note_outside(struct input_data *data);

/* Adds a note if the kernel throttled the event; for the one who can lower the rate. */
void input_data_note_throttled(struct input_data *data);

/* Whether a node of the profile has a weight. */
bool profile_has_weights(const struct profile *p);
