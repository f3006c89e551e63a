/* Copies of files in memory, for the time when the file must no longer be held: sparse
 * files (memfd) of the original's size that contain only the parts that are needed. The
 * kernel copies: the content is not read here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { COPY_PARTS_MAX = 4096 + 4 };

enum copy_need {
	COPY_NEEDED, /* without it there is no copy */
	COPY_WANTED, /* if it fits */
	COPY_NEVER,  /* only its type is changed */
};

/* A part of an ELF file: its headers, or a section. */
struct copy_part {
	uint64_t at, size; /* in bytes of the file */
	/* Where the type of the section is, which becomes SHT_NOBITS in a copy without
	 * this part: readers must not take a hole for zeros. 0: no type. */
	uint64_t type_at;
	enum copy_need need;
};

/* The parts of one file. Another process may have written it: it can be wrong, and have
 * any content. */
struct copy_plan {
	uint32_t n;
	bool is_swapped; /* the byte order of the file is not this machine's */
	struct copy_part parts[COPY_PARTS_MAX];
};

/* Copies the parts of the file 'fd', which stays the caller's, in their order, while they
 * fit into 'most' bytes. Returns a read-only descriptor, owned by the caller, and the
 * number of bytes that are copied in '*bytes'; or -1 if the file cannot be read, or
 * 'most' bytes are too few for the needed parts. Several threads may call it. */
int file_copy_parts(int fd, const struct copy_plan *plan, size_t most, size_t *bytes);

/* Copies a whole file, from its start. Returns as the function above; -1 if the file has
 * more than 'most' bytes. */
int file_copy_whole(int fd, size_t most, size_t *bytes);

/* The bytes that all copies together should take at most: a sixteenth of the memory that
 * is free, at most 256 MiB. */
size_t file_copy_budget(void);
