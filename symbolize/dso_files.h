/* The files of one dso: names from the file that was mapped, and inline frames and
 * source lines from its DWARF (for the kernel, from the DWARF only). A file is opened
 * when it is first needed, and only if its identity is the recorded one. One struct
 * dso_files must not be used by two threads at once. Several threads may use one each,
 * unless the options have servers. */
#pragma once

#include "elf/search/file_places.h"
#include "model/budget.h"
#include "model/dso.h"
#include "model/dso_trouble.h"
#include "symbolize/name_source.h"

#include <stdbool.h>
#include <stdint.h>

struct dso_keeper;
struct source_dwarf;

/* Where files are looked for, and which data is read from them. All pointers are the
 * caller's. */
struct dso_files_options {
	bool lines;		   /* read source lines, too */
	bool is_live;		   /* the recorded processes may still run */
	bool is_of_here;	   /* they ran on this machine */
	struct dso_keeper *keeper; /* files kept open while recording, NULL: none */
	struct slow_files *slow;   /* see path_open.h */
	const struct file_places *places; /* of files that are not here, NULL: none */
	const char *os_release;		  /* of the kernel, NULL: unknown */
	const struct mapping *kernel;	  /* of the core kernel, NULL: unknown */
	struct budget *memory; /* for names and DWARF of all dsos, NULL: no limit */
};

/* Zero-initialize. Fields after the blank line are private. */
struct dso_files {
	struct symbol_table *names; /* by file offset, NULL: none */
	enum dso_trouble why;	    /* why the file could not be opened */
	/* of the file, or the one that the keeper knows; size 0: none */
	struct build_id build_id;
	uint64_t size; /* when it was mapped, as the keeper knows it; 0: unknown */
	struct inline_table *places; /* cache of dso_files_find(), NULL: empty */
	char *refused; /* path of the first debug file of another program, NULL: none */
	char *other;   /* path of the first file with another build id, NULL: none */
	bool is_guess; /* only the path of the file proves that it was mapped */
	bool lacks_memory; /* the budget was too small */

	bool names_read, dwarf_opened;
	struct source_dwarf *dwarf;
	struct budget_part memory; /* of 'names' */
	uint64_t shift;		   /* address minus vaddr of the running kernel's code */
};

void dso_files_release(struct dso_files *f);

/* Sets 'build_id' and 'size' alone, for a file that is not read for names now: so
 * that it can be known later. */
void dso_files_identify(struct dso_files *f, const struct dso_files_options *o,
			const struct dso_request *request);

/* Names from the file of a dso. Sets the fields 'names' and 'why'; the file is read
 * once. */
extern const struct name_source file_name_source;

/* Returns the inline frames and the source line at 'at', a file offset (of kernel
 * code: an address), or NULL if no DWARF covers it. 'f' owns them; they are valid
 * until the next call. */
const struct inline_entry *dso_files_find(struct dso_files *f,
					  const struct dso_files_options *o,
					  const struct dso_request *request, uint64_t at);
