/* How the frames of a dso are labelled: kind, object, and the name of one without a name. */
#pragma once

#include "elf/dso_keeper.h"
#include "model/dso.h"
#include "model/frame.h"

#include <stdbool.h>

enum { DSO_LABEL_MAX = 512 };

/* Addresses of these are the kernel's, not offsets into a file. */
bool dso_label_is_kernel(enum dso_kind kind);

/* A kernel inside of a virtual machine: its names are not ours. */
bool dso_label_is_guest(const char *path);

/* The object as it is shown, cut to fit: "libc.so.6", "nf_conntrack", "bpf",
 * "[kernel.kallsyms]". Returns 'text'. */
const char *dso_label_object(enum dso_kind kind, const char *path,
			     char text[DSO_LABEL_MAX]);

/* The kind of a frame that has a name. */
enum frame_kind dso_label_kind(enum dso_kind kind, const char *path);

/* The name of a frame that has none; the list is in symbolizer.h. Returns 'text'. */
const char *dso_label_unknown(enum dso_kind kind, const char *path, enum dso_trouble why,
			      char text[DSO_LABEL_MAX]);
