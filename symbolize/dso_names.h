/* The names of one dso's code, and frames made from them. The names come from the most
 * trusted source that has any: the mapped file or the running kernel, if this machine may
 * be asked, else the recording. */
#pragma once

#include "model/frame.h"
#include "symbolize/dso_files.h"
#include "symbolize/frame_make.h"
#include "symbolize/kernel_names.h"

#include <stdbool.h>
#include <stdint.h>

/* The same for all dsos. All pointers are the caller's. */
struct dso_names_options {
	struct dso_files_options files;
	struct kernel_names *kernel;
	const struct strtab *strings; /* of the dsos */
	struct frame_table *frames;
	bool keep_mangled, lines; /* see symbolizer.h */
};

/* Zero-initialize before dso_names_read(). */
struct dso_names {
	struct dso_files files;
	bool is_read;
	struct symbol_table *table; /* NULL: none */
	bool is_owned;		    /* 'table' is ours, not of a file, dso or kernel */
	frame_id *frames;	    /* by symbol of 'table', NO_FRAME: not made yet */
	frame_id unknown;	    /* the frame of all other code, NO_FRAME: likewise */
	str_id object;
	uint8_t kind;
};

void dso_names_release(struct dso_names *n);

/* Does the slow part of dso_names_read() ahead of time, without any frame. Several
 * threads may call it at once, each with another dso, unless the options have servers. */
void dso_names_read_ahead(struct dso_names *n, const struct dso_names_options *o,
			  const struct dso_request *request);

/* Reads the names of a dso, once. All later calls must be for the same dso. 'm' is one of
 * its mappings, or NULL. Sources of this machine are only used if 'may_use_system'. */
void dso_names_read(struct dso_names *n, const struct dso_names_options *o,
		    const struct dso *dso, const struct mapping *m, bool may_use_system);

/* The names of a dso that must not be read: it has none, with the reason DSO_UNREADABLE.
 * Instead of dso_names_read(). */
void dso_names_refuse(struct dso_names *n, const struct dso_names_options *o,
		      const struct dso *dso);

/* Returns the frame of the function at 'at', a file offset (of kernel code: an address),
 * or dso_names_unknown(). After dso_names_read() only, as are the next two. */
frame_id dso_names_frame(struct dso_names *n, const struct dso_names_options *o,
			 const struct dso *dso, uint64_t at);

/* Returns the frame of code without a name, which says why there is none. */
frame_id dso_names_unknown(struct dso_names *n, const struct dso_names_options *o,
			   const struct dso *dso);

/* Returns the frame of an inlined function, or, if 'inlined' has no function, the frame
 * 'function' with its source line. */
frame_id dso_names_inlined(const struct dso_names *n, const struct dso_names_options *o,
			   const struct inline_frame *inlined, frame_id function);

/* Whether the name at 'addr', an address of the kernel, is one of a module. Since the
 * recording a module may have been loaded at the address of another one. */
bool dso_names_is_of_module(const struct dso_names *n, uint64_t addr);

/* Stores the build id and the size of the file in the dso, if it lacks them. */
void dso_names_store_identity(const struct dso_names *n, struct dso *dso);

/* Stores the names that were used in the dso, as a recording saves them, with the texts
 * in 'strings'. 'frames' are those of the options. */
void dso_names_store(const struct dso_names *n, struct dso *dso, struct strtab *strings,
		     const struct frame_table *frames);
