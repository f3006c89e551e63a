/* From the name of a symbol to the frame that shows it. */
#pragma once

#include "model/frame.h"

#include <stdbool.h>
#include <stddef.h>

/* A name as it is to be shown. */
struct shown_name {
	const char *name;
	size_t len;
	str_id object;
	enum frame_kind kind;
};

frame_id frame_make(struct frame_table *frames, const struct shown_name *n);

/* The frame of a kernel symbol, whose name itself tells what of the kernel it is (see
 * source_kallsyms.h); else it is of 'object' and 'kind'. */
frame_id frame_make_kernel(struct frame_table *frames, const char *name, str_id object,
			   enum frame_kind kind);

/* A symbol's name as it is shown: demangled, without the version that a linker put behind it; as it
 * is if 'keep_mangled'. mem_free() ends it. */
char *frame_make_name(const char *name, bool keep_mangled);
