/* The names of one dso's code, and the frames that they become. They come from the files of this
 * machine, or its kernel, if it may be asked, else from what the recording carries. */
#pragma once

#include "model/frame.h"
#include "symbolize/dso_files.h"
#include "symbolize/kernel_names.h"

#include <stdbool.h>
#include <stdint.h>

#define NO_FRAME UINT32_MAX

/* What all dsos have in common; all of it is somebody else's. */
struct dso_names_options {
	struct dso_files_options files;
	struct kernel_names *kernel;
	const struct strtab *strings; /* of the dsos */
	struct frame_table *frames;
	bool keep_mangled, lines; /* see symbolizer.h */
};

/* All zero before dso_names_ask(). */
struct dso_names {
	struct dso_files files; /* which may be read before that */
	bool asked;
	struct symbol_table *table; /* NULL: none */
	bool is_owned;		    /* by us, not by files, dso or kernel */
	frame_id *frames;	    /* of the table's symbols, NO_FRAME: not made yet */
	frame_id unknown;	    /* of all else */
	str_id object;
	uint8_t kind;
};

void dso_names_release(struct dso_names *n);

/* Gets names and makes 'n' ready for what follows, where 'dso' is to be the same; 'm' is where it
 * is mapped, if that is known. */
void dso_names_ask(struct dso_names *n, const struct dso_names_options *o,
		   const struct dso *dso, const struct mapping *m, bool may_ask_system);

/* The function at a place in the dso, or dso_names_unknown(). */
frame_id dso_names_frame(struct dso_names *n, const struct dso_names_options *o,
			 const struct dso *dso, uint64_t at);

/* Of code that has no name: it says why. */
frame_id dso_names_unknown(struct dso_names *n, const struct dso_names_options *o,
			   const struct dso *dso);

/* The frame of a place: that of an inlined function, or 'function' with its line. */
frame_id dso_names_place(const struct dso_names *n, const struct dso_names_options *o,
			 const struct inline_frame *place, frame_id function);
