/* The parts of recordings that their recorders left in a folder, because they were killed
 * or could not finish. */
#pragma once

#include "base/vec.h"

struct unfinished {
	VEC(char *) paths; /* in the order of their names */
};

/* Finds the parts in the folder of 'path', those of this user only, and without those of
 * recorders that still run. Zero-initialize 'u'. A folder that cannot be read has
 * none. */
void unfinished_find(struct unfinished *u, const char *path);

void unfinished_release(struct unfinished *u);

/* Returns the i-th line for the user about them, of few lines; NULL after the last one.
 * mem_free() frees it. */
char *unfinished_line(const struct unfinished *u, size_t i);
