/* Marks the file of a dso while it is read (base/thread/file_marks.h), so that a parent
 * process can find the file that killed this one. */
#pragma once

#include "base/thread/file_marks.h"
#include "model/dso.h"

#include <stdbool.h>

struct dso_mark {
	struct file_marks *marks;
	uint32_t number;
};

/* The key of the file in the marks, not 0. Equal in all processes that are forked from
 * one. */
uint64_t dso_mark_key(const struct dso *dso, const char *path);

/* This thread begins to read the file of a dso with the path 'path', its DWARF or its
 * names. 'marks' may be NULL. Works with scoped(dso_mark_end). */
struct dso_mark dso_mark_begin(struct file_marks *marks, const struct dso *dso,
			       const char *path);
void dso_mark_end(struct dso_mark *mark);

/* Whether the file must not be read. */
bool dso_mark_forbids(const struct file_marks *marks, const struct dso *dso,
		      const char *path);
