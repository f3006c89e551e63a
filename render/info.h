/* The facts about an input, as text and as JSON (docs/info.md). The same input gives the
 * same bytes. */
#pragma once

#include "base/out.h"
#include "base/vec.h"
#include "model/build_id.h"
#include "model/run_info.h"

#include <stdbool.h>
#include <stdint.h>

struct info_event {
	const char *name;
	uint64_t samples;
};

/* Samples with an innermost frame without a name. */
struct info_unnamed {
	const char *name;
	const char *object;
	uint64_t samples;
};

/* A file with code that samples hit. */
struct info_file {
	const char *path;
	/* size 0: unknown */
	struct build_id build_id;
	/* "here", "gone", "replaced", ...; NULL: it was not looked for */
	const char *state;
};

/* The strings and 'run' are the caller's. */
struct info {
	const char *path;
	/* "recording", "picture", "folded", "perf-script" */
	const char *format;
	/* bytes; 0: unknown */
	uint64_t size;
	/* why the input is not whole; NULL: it is */
	const char *damage;
	const struct run_info *run;
	/* ns on the clock of the samples; 0: unknown */
	uint64_t first, last;
	/* in the profile, without idle CPUs */
	uint64_t samples, stacks;
	VEC(struct info_event) events;
	VEC(struct info_unnamed) unnamed;
	VEC(struct info_file) files;
	VEC(const char *) notes;
};

void info_release(struct info *info);

void info_write_text(struct out *o, const struct info *info);
void info_write_json(struct out *o, const struct info *info);
