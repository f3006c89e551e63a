/* The files that a process reads at the moment, in memory that it shares with its parent.
 * If the process dies, the parent finds the file that was read. The parent can also
 * forbid a file, for the next process. Functions accept NULL: no marks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILE_MARKS_MAX = 32, FILE_MARK_PATH_MAX = 512 };

struct file_marks;

struct file_mark {
	uint64_t key;	/* equal for the same file */
	uint32_t tid;	/* of the thread that reads it */
	uint64_t began; /* ns of the thread's CPU time, when it began with the file */
	uint64_t order; /* larger: began later */
	char path[FILE_MARK_PATH_MAX];
};

/* The memory is shared with all processes that are forked later. */
struct file_marks *file_marks_new(void);
void file_marks_free(struct file_marks **m);

/* This thread begins to read a file. A longer path is cut. Returns a number for
 * file_marks_end(). Several threads may call both; a thread may read several files. */
uint32_t file_marks_begin(struct file_marks *m, uint64_t key, const char *path);
void file_marks_end(struct file_marks *m, uint32_t mark);

/* Whether a file must not be read. */
bool file_marks_forbids(const struct file_marks *m, uint64_t key);

/* For the parent, which must not trust the content: */

/* Copies the marks of all files that are being read, the last begun first, and returns
 * their number. */
size_t file_marks_copy(const struct file_marks *m,
		       struct file_mark marks[FILE_MARKS_MAX]);

/* Forbids a file. Returns false if too many are forbidden. */
bool file_marks_forbid(struct file_marks *m, uint64_t key);

/* Removes all marks, before another process begins. Forbidden files stay forbidden. */
void file_marks_clear(struct file_marks *m);
