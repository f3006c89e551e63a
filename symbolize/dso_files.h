/* What the files of one dso say: the names that are in the one that was mapped, and what DWARF
 * tells of its code; of the kernel only that. A file is opened when it is first needed, and never
 * one of another identity. One of these is not to be used by two threads at once; several may be
 * by as many, unless servers are to be asked. */
#pragma once

#include "elf/debuginfod.h"
#include "elf/dso_trouble.h"
#include "model/dso.h"
#include "model/space.h"

#include <stdbool.h>
#include <stdint.h>

struct dso_keeper;
struct source_dwarf;

/* How files are found, which is somebody else's, and what is asked of them. */
struct dso_files_options {
	bool lines;		    /* with the lines of source */
	bool is_live;		    /* processes may still be there */
	struct dso_keeper *keeper;  /* NULL: nothing was kept */
	struct debuginfod *servers; /* NULL: none are asked */
	const char *debug_folder;   /* see debug_file.h; NULL: none */
	const char *os_release;	    /* of the kernel, NULL: unknown */
};

/* Which dso: 'path' is its own, 'm' where it is mapped, which only matters for the kernel: its path
 * names the symbol that its mapping begins with. */
struct dso_asked {
	const struct dso *dso;
	const char *path;
	const struct mapping *m;
};

/* All zero before the first question. Those behind the blank line are nobody else's. */
struct dso_files {
	struct symbol_table *names;  /* by file_off, NULL: none */
	enum dso_trouble why;	     /* the file could not be opened */
	struct inline_table *places; /* by what the dso is looked up by, NULL: none yet */
	char *refused; /* the first debug file that was none of the dso, or NULL */

	bool names_read, dwarf_opened;
	struct source_dwarf *dwarf;
	uint64_t shift; /* of the running kernel against its file */
};

void dso_files_release(struct dso_files *f);

/* Fills in 'names' for a dso that is a file, and 'why', once. */
void dso_files_read_names(struct dso_files *f, const struct dso_files_options *o,
			  const struct dso_asked *asked);

/* What was inlined at 'at' (a file_off, of the kernel an addr); kept in 'places', and valid until
 * the next question. NULL where DWARF does not tell. */
const struct inline_entry *dso_files_find(struct dso_files *f,
					  const struct dso_files_options *o,
					  const struct dso_asked *asked, uint64_t at);
