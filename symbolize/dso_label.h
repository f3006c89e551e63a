/* Labels of the frames of a dso: kind, object, and a name for code without one. */
#pragma once

#include "elf/dso_keeper.h"
#include "model/dso.h"
#include "model/frame.h"

#include <stdbool.h>

enum { DSO_LABEL_MAX = 512 };

/* Returns true if code of this kind is looked up by kernel address, not by file
 * offset. */
bool dso_label_is_kernel(enum dso_kind kind);

/* Returns true for the path of a kernel in a virtual machine; its names are not on
 * this machine. */
bool dso_label_is_guest(const char *path);

/* Writes the object as frames show it, cut to fit: "libc.so.6", "nf_conntrack", "bpf",
 * "[kernel.kallsyms]". Returns 'text'. */
const char *dso_label_object(enum dso_kind kind, const char *path,
			     char text[DSO_LABEL_MAX]);

/* Returns the kind of a frame with a name. */
enum frame_kind dso_label_kind(enum dso_kind kind, const char *path);

/* Writes the name of code without a name, which says why; symbolizer.h lists these
 * names. Returns 'text'. */
const char *dso_label_unknown(enum dso_kind kind, const char *path, enum dso_trouble why,
			      char text[DSO_LABEL_MAX]);
