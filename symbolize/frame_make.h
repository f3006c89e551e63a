/* Frames from names of symbols. */
#pragma once

#include "base/vec.h"
#include "model/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No frame has this number. */
#define NO_FRAME UINT32_MAX

/* Frames of one address: the inlined functions, then the function that contains their
 * code. */
struct frame_list {
	VEC(frame_id) items; /* innermost first */
};

/* A name as a frame shows it. */
struct shown_name {
	const char *name; /* not terminated */
	size_t len;
	str_id object;
	enum frame_kind kind;
};

frame_id frame_make(struct frame_table *frames, const struct shown_name *n);

/* Returns the frame of a kernel symbol. Its name may contain its module (see
 * source_kallsyms.h); if it does not, the frame gets 'object' and 'kind'. */
frame_id frame_make_kernel(struct frame_table *frames, const char *name, str_id object,
			   enum frame_kind kind);

/* Returns the name of a symbol as frames show it: demangled, without the version that
 * a linker added. With 'keep_mangled': unchanged. mem_free() frees the result. */
char *frame_make_name(const char *name, bool keep_mangled);
