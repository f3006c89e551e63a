/* The unwind tables (unwind_table.h) of all files: one for each dso, shared by all
 * processes that map it. Their memory is bounded: the least recently used tables are
 * dropped.
 *
 * Two threads may use them. The thread that unwinds calls all functions, looks into
 * tables, and adds to the dsos. Another thread may call unwind_tables_make_next(), and
 * only that. */
#pragma once

#include "base/thread/file_marks.h"
#include "elf/search/program_file.h"
#include "model/dso.h"
#include "unwind/unwind_table.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unwind_tables;

struct unwind_tables_options {
	size_t most_bytes; /* of all tables; 0: no limit */
	/* For program_file_open(): */
	bool is_live;
	bool is_of_here;		  /* see dso_open.h */
	struct dso_keeper *keeper;	  /* the caller's, or NULL */
	const struct file_places *places; /* of files that are not here, or NULL */
	struct file_marks *marks;	  /* dsos that are read or forbidden, or NULL */
	struct slow_files *slow;	  /* see elf/path_open.h */
	/* Set to the key (dso_mark.h) of the file of each table that is used. NULL:
	 * nothing is set. */
	_Atomic(uint64_t) *used_key;
};

/* 'dsos' stays the caller's and must outlive the tables. */
struct unwind_tables *unwind_tables_new(const struct unwind_tables_options *options,
					const struct dso_table *dsos);

/* No other thread may be in unwind_tables_make_next(). */
void unwind_tables_free(struct unwind_tables **t);

/* Adds the tables that were made since the last call, and drops others to make room:
 * first those that were looked up longest ago. Returns a number that changes whenever
 * unwind_tables_find() may return something new. A caller that caches results must drop
 * them when the number changes, and look up again. */
uint32_t unwind_tables_update(struct unwind_tables *t);

/* Sets is_used[id] of all dsos with a requested table ('n': size of the array, all dsos):
 * their ids must stay. */
void unwind_tables_mark_requested(const struct unwind_tables *t, bool *is_used, size_t n);

/* Drops the tables of all dsos without is_used[id]: the ids are free for other dsos. */
void unwind_tables_forget(struct unwind_tables *t, const bool *is_used, size_t n);

/* The number of tables dropped so far. While it stays the same, facts from tables stay
 * valid. */
size_t unwind_tables_dropped(const struct unwind_tables *t);

/* The table of a dso; valid until the next unwind_tables_update(). Returns NULL if the
 * dso has none (it is no file, or the file cannot be opened), or, with *waits set to
 * true, if the table is not made yet: then it is requested. *waits is never set to
 * false. */
struct unwind_table *unwind_tables_find(struct unwind_tables *t, dso_id dso, bool *waits);

/* Sets *used_key: the table is used from now on. */
void unwind_tables_use(const struct unwind_tables *t, const struct unwind_table *table);

/* Makes the table that was requested first. Takes milliseconds and reads a file. Returns
 * false if none is requested. */
bool unwind_tables_make_next(struct unwind_tables *t);

struct unwind_tables_stats {
	size_t tables, rows, bytes; /* now */
	size_t made, dropped;	    /* tables, in total */
	uint64_t ns;		    /* CPU time for making them, in total */
};

struct unwind_tables_stats unwind_tables_stats(struct unwind_tables *t);
