/* A source of names for the code of one dso. dso_names.c has the table of all sources,
 * in their order of trust. A new source is one module with a struct name_source, and
 * one row in that table. */
#pragma once

#include "model/dso.h"
#include "model/space.h"
#include "model/symbol.h"

#include <stdbool.h>

struct dso_files;
struct dso_files_options;
struct kernel_names;

/* The dso that names or DWARF are wanted of. */
struct dso_request {
	const struct dso *dso;
	const char *path; /* the dso's own */
	/* One of its mappings, NULL: unknown. Only the kernel's matters: it shows
	 * where the kernel was loaded. */
	const struct mapping *m;
};

/* A request, and the state that sources may use. */
struct name_request {
	struct dso_request target;
	struct dso_files *files; /* of this dso */
	const struct dso_files_options *file_options;
	struct kernel_names *kernel;
};

struct name_source {
	const char *name;
	/* The source reads this machine's files or kernel. It is skipped where only
	 * names from the recording may be used. */
	bool is_of_system;

	/* Returns true if the source may have names for this dso. */
	bool (*applies)(const struct name_request *r);

	/* Returns the symbols, by file offset (of kernel code: by address), or NULL if
	 * there are none. Sets '*is_owned' if the caller must free them; else they
	 * live as long as the files, the kernel names and the dso of the request. */
	struct symbol_table *(*read)(const struct name_request *r, bool *is_owned);

	/* Does the slow part of read() ahead of time. Several threads may call it at
	 * once, each with another dso. NULL: the source has no slow part. */
	void (*read_ahead)(const struct name_request *r);
};
