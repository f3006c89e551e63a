/* Opens the file of a dso wherever it is: where it was mapped (dso_keeper.h), else in the
 * places of the user. */
#pragma once

#include "elf/dso_keeper.h"
#include "elf/search/file_places.h"

#include <stdbool.h>
#include <sys/stat.h>

/* The parameters of a search. All pointers are the caller's. */
struct program_search {
	struct dso_keeper *keeper;	  /* NULL: none */
	struct slow_files *slow;	  /* see elf/path_open.h */
	const struct file_places *places; /* NULL: none */
	bool is_live, is_of_here;	  /* see dso_open.h */
};

/* Zero-initialize; the caller frees 'refused' with mem_free(). */
struct program_file {
	enum dso_trouble why; /* without a file: the reason */
	struct stat state;    /* of the file, which its copy does not have */
	/* Only the path of the file proves that it is the mapped one. */
	bool is_guess;
	/* path of the first file that has another build id; NULL: none */
	char *refused;
};

/* Returns a descriptor for reading, owned by the caller, or -1. The file has the recorded
 * build id. If the recording has none: the recorded inode, or with places that insist,
 * the recorded path. Tries the user's root directory before the servers. */
int program_file_open(const struct program_search *s, const struct dso *dso,
		      const char *path, struct program_file *found);
