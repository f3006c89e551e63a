/* Adds the names that this machine has to a finished recording. */
#pragma once

#include "base/error.h"
#include "flow/input_data.h"
#include "rights/rights.h"
#include "sandbox/contained.h"

struct file_places;

struct name_update_options {
	/* of files that this machine lacks */
	const struct file_places *places;
	/* as in struct load_options */
	enum hidden_kernel hidden_kernel;
};

/* Within contained work: looks up the addresses of all samples of the recording at
 * 'input' ("-" for standard input), of every event and also of idle CPUs, and writes a
 * copy of it with these names to the first output. Both may be the same path. Loads the
 * recording into 'data', which must be initialized and empty, and adds notes about the
 * names that were found and those that are missing. Returns -1 and writes
 * nothing if the input is not a recording, or is damaged: a copy would lack the part
 * after the damage. */
int name_update(struct contained *c, const char *input,
		const struct name_update_options *options, struct input_data *data,
		struct error *err);
