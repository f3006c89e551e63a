/* Frames from the lines of perf script text. The same text gives the same frames, which
 * are made once. */
#pragma once

#include "base/hashmap.h"
#include "base/strtab.h"
#include "base/vec.h"
#include "fold/perf_script_line.h"
#include "fold/text_format.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The frames of one name and module. */
struct cached_frames {
	str_id name, module; /* in 'texts' */
	bool is_java;
	uint32_t first, n; /* in 'cached_ids', innermost last */
};

/* A line of an inlined function, which has the module of its caller. */
struct inlined_line {
	str_id addr, name, source; /* in 'texts' */
};

struct script_frames {
	struct profile *p;
	const struct text_read_options *options;
	/* The stack that is being read, innermost first. */
	VEC(frame_id) stack;
	bool is_java; /* its process is a JVM */

	/* private */
	struct strtab texts; /* names and modules as they stand in the text */
	struct hashmap cache_by_text;
	VEC(struct cached_frames) cache;
	VEC(frame_id) cached_ids;
	VEC(struct inlined_line) inlined; /* without their caller */
	size_t last;			  /* index in 'stack' of the last line's frames */
};

/* 'p' and 'options' must be valid as long as 'f' is used. */
void script_frames_init(struct script_frames *f, struct profile *p,
			const struct text_read_options *options);
void script_frames_release(struct script_frames *f);

/* Begins the stack of a process with this name. */
void script_frames_begin(struct script_frames *f, struct span process);

/* Appends the frames of a line to the stack. */
void script_frames_push(struct script_frames *f, const struct frame_line *line);

/* Adds file and line to the name of the last frame, as ":main.c:12". */
void script_frames_add_source(struct script_frames *f, struct span source);

/* Completes the stack. */
void script_frames_end(struct script_frames *f);
