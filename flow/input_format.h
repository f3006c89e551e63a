/* The formats of input. Each one is a file input_<name>.c, and a row of the table in
 * input_format.c. The formats of text with stacks have a table of their own
 * (fold/text_formats.h); here they are one format. */
#pragma once

#include "base/error.h"
#include "flow/input.h"
#include "sandbox/contained.h"

#include <stdbool.h>
#include <stddef.h>

struct input_data;
struct load_options;

struct input_format {
	/* Word for the option --from. NULL for text: its formats have words of their
	 * own. */
	const char *name;
	const char *noun; /* for messages, after "the" */
	/* The input has times, durations and the dsos of frames. False: it has stacks
	 * only. */
	bool is_recording;
	/* 'flame fold' writes weights by default, not samples, if there are any. */
	bool folds_weights;
	/* Returns 1 if the input has this format, 0 if not, and -1 if it cannot be
	 * read. */
	int (*knows)(struct input *in, struct error *err);
	/* Adds the content of the input to 'data', which is empty. Returns -1 if nothing
	 * could be read. */
	int (*read)(struct input *in, const struct load_options *options,
		    struct input_data *data, struct error *err);
};

extern const struct input_format input_recording;
extern const struct input_format input_picture;
extern const struct input_format input_text_stacks;

/* Sets the format in 'options' by its name, from this table or from the table of text
 * formats. Returns false if no format has the name. */
bool input_format_choose(struct load_options *options, const char *name);

/* Returns the first format of the table whose knows() accepts the input, or NULL if the
 * input cannot be read. The last row, text, accepts every input. */
const struct input_format *input_format_find(struct input *in, struct error *err);

/* Reads the input at 'path' ("-" for standard input) into 'data', which must be
 * initialized and empty. Returns -1 if nothing could be read. Damage after the beginning
 * is no failure: it is stored in data->damage. */
int input_data_load(struct input_data *data, const char *path,
		    const struct load_options *options, struct error *err);

/* Within contained work: initializes 'data' and reads the input in the same way, with the
 * marks and the slow files of the worker. */
int input_data_load_contained(struct input_data *data, struct contained *c,
			      const char *path, struct load_options *options,
			      struct error *err);
