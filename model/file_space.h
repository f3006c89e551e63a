/* An address space that belongs to no process: each file has one place in it. Samples of
 * different processes in the same code have the same addresses there, so that they are
 * counted together, and the processes can be forgotten. */
#pragma once

#include "base/vec.h"
#include "model/space.h"

#include <stdint.h>

/* Zero-initialize. All fields are private but 'space', which is valid after
 * file_space_begin(). */
struct file_space {
	space_id space;
	VEC(uint64_t) places; /* address of each dso's file offset 0; 0: none yet */
	uint64_t n;	      /* number of places */
};

void file_space_release(struct file_space *f);

/* Adds the space to the table. */
void file_space_begin(struct file_space *f, struct space_table *spaces);

/* Returns the address in the space for 'addr', which is in the mapping 'm' of a process:
 * the same offset of the same dso. Returns 0 if the space is full, or for an offset of
 * 4 GiB or more. */
uint64_t file_space_addr(struct file_space *f, struct space_table *spaces,
			 const struct mapping *m, uint64_t addr);
