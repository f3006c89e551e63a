/* Counts truncated stacks by program, for one note about the program with most of
 * them. */
#pragma once

#include "base/strtab.h"
#include "base/vec.h"
#include "flow/selection.h"

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialize. */
struct truncated_stacks {
	VEC(struct truncated_count) by_root; /* by index of a root_table */
};

struct truncated_count {
	uint64_t samples; /* all, truncated or not */
	uint64_t truncated;
};

/* The program with most truncated stacks, and the number of other programs with many. */
struct truncated_program {
	str_id comm;
	uint64_t samples;
	uint64_t truncated; /* 0: no program has many truncated stacks */
	uint32_t others;
};

void truncated_stacks_release(struct truncated_stacks *t);

/* Adds samples with equal stacks. 'root' is the index of their root. */
void truncated_stacks_count(struct truncated_stacks *t, uint32_t root, uint64_t samples,
			    bool is_truncated);

/* Returns the program with most truncated stacks. Only programs with many are considered:
 * at least 10, and more than 1 % of the program's samples. Each root must be one program
 * (see selection.h: by comm alone); roots without a comm are ignored. */
struct truncated_program truncated_stacks_most(const struct truncated_stacks *t,
					       const struct root_table *roots);

/* Returns the note about a program with the name 'comm' and at least one sample, in
 * memory that the caller frees. 'copy_size' is the most bytes of stack that a sample of
 * the recording carried. */
char *truncated_program_note(const struct truncated_program *p, const char *comm,
			     uint32_t copy_size);
