/* Counts of truncated stacks by the root of their chains, for the one line about them. */
#pragma once

#include "base/strtab.h"
#include "base/vec.h"
#include "flow/selection.h"

#include <stdbool.h>
#include <stdint.h>

struct truncated_counts {
	VEC(struct truncated_count) by_root;
};

struct truncated_count {
	uint64_t samples, truncated;
};

/* The program with the most truncated stacks. */
struct truncated_program {
	str_id comm;
	uint64_t samples, truncated; /* 0: no program has a number of them that matters */
	uint32_t others;	     /* programs whose truncated stacks matter, too */
};

/* Counts samples of one root. */
void truncated_add(struct truncated_counts *t, uint32_t root, uint64_t samples,
		   bool is_truncated);
void truncated_release(struct truncated_counts *t);

/* For roots by comm alone. Truncated stacks of a program matter if they are at least ten, and more
 * than 1 % of its stacks. */
struct truncated_program truncated_most(const struct truncated_counts *t,
					const struct root_table *roots);

/* The line about that program, called 'comm', with copies of at most 'copy' bytes; the caller frees
 * it. */
char *truncated_note(const struct truncated_program *p, const char *comm, uint32_t copy);
