/* Names of kernel code from files, for recordings of another kernel than the running one:
 * vmlinux, a copy of /proc/kallsyms, and the files of modules. A file counts if it has
 * the recorded build id; kallsyms has none, so its end of the code must fit. */
#pragma once

#include "base/vec.h"
#include "elf/search/file_places.h"
#include "model/dso.h"
#include "model/space.h"
#include "symbolize/kernel/source_kallsyms.h"

#include <stdbool.h>

/* Zero-initialize, then set the first four, which are the caller's. */
struct kernel_files {
	const struct file_places *places; /* NULL: no files are used */
	struct slow_files *slow;	  /* see elf/path_open.h */
	const char *release;		  /* of the kernel, NULL: unknown */
	const struct mapping *kernel;	  /* of the core kernel, NULL: unknown */
	/* lines about files that were refused or guessed, for the user */
	VEC(char *) notes;

	bool kallsyms_was_read;
	struct kallsyms kallsyms;
	char *kallsyms_path; /* NULL: there is no such file */
};

void kernel_files_release(struct kernel_files *k);

/* Returns the names of the core kernel with the mapping 'm' and the path 'path', by
 * address, or NULL. The caller frees the table, which must not outlive 'k'. */
struct symbol_table *kernel_files_core(struct kernel_files *k, const struct dso *dso,
				       const char *path, const struct mapping *m);

/* The same for a module with that name, as /proc/modules has it. */
struct symbol_table *kernel_files_module(struct kernel_files *k, const struct dso *dso,
					 const char *path, const char *name,
					 const struct mapping *m);
