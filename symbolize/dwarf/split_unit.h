/* The split part of a unit of DWARF: compilers with -gsplit-dwarf leave most of a unit's
 * entries in a file of their own (.dwo), or in a package of many (.dwp). */
#pragma once

#include "elf/search/debug_file.h"
#include "symbolize/dwarf/dwarf_file.h"

#include <stdbool.h>
#include <stdint.h>

/* Where split parts are looked for. Zero-initialize. */
struct split_files {
	struct debug_search search; /* of the program, without its results */
	char *path;		    /* of the program */
	bool was_opened;	    /* 'package' was looked for */
	struct elf_file *package;   /* NULL: none */
};

/* The attributes of a skeleton unit. The strings may be hostile. */
struct skeleton {
	const char *folder, *name; /* of the file with the split part, NULL: unknown */
	uint64_t id;
	uint64_t addrs,
		ranges; /* offsets of its parts in .debug_addr and .debug_ranges */
};

/* Zero-initialize. */
struct split_unit {
	struct dwarf_file file;
	uint64_t unit; /* offset of the unit's own entry in .debug_info */
	void *image;
};

/* Keeps the parameters of the search, for later. */
void split_files_init(struct split_files *f, const struct debug_search *search);
void split_files_release(struct split_files *f);

/* Opens the split part of a unit in the file 'own' as a file with one unit. It must have
 * the id of the skeleton. Returns false if it is not found or damaged. */
bool split_unit_open(struct split_unit *u, struct split_files *f,
		     const struct dwarf_file *own, const struct skeleton *skeleton);
void split_unit_close(struct split_unit *u);
