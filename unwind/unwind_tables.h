/* The rules by which frames are left (unwind_table.h), one table for each file, shared by all
 * processes that map it, and bounded in memory: the least recently used are dropped.
 *
 * One thread unwinds: it alone calls unwind_tables_update(), _find() and _stats(), looks into
 * tables, and adds to the dsos. Another one may call unwind_tables_make_next() at the same time; so
 * may the first. */
#pragma once

#include "elf/dso_keeper.h"
#include "model/dso.h"
#include "unwind/unwind_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unwind_tables;

struct unwind_tables_options {
	size_t most_bytes;	   /* of all tables; 0: no bound */
	bool is_live;		   /* as dso_keeper_open() has it, */
	struct dso_keeper *keeper; /* somebody else's, or NULL */
};

/* 'dsos' is somebody else's and has to outlive the tables. */
struct unwind_tables *unwind_tables_new(const struct unwind_tables_options *options,
					const struct dso_table *dsos);

/* Nobody may be making a table meanwhile. */
void unwind_tables_free(struct unwind_tables **t);

/* Takes up the tables that were made meanwhile; for them others are dropped, first those that were
 * looked for longest ago. A number that changes whenever unwind_tables_find() has something else to
 * say than before: who remembers what was found forgets it then, so that what is needed is looked
 * for again. */
uint32_t unwind_tables_update(struct unwind_tables *t);

/* How many tables have been dropped so far: facts of other tables stay true. */
size_t unwind_tables_dropped(const struct unwind_tables *t);

/* The table of a dso; valid until the next unwind_tables_update(). NULL where it has none (no file,
 * none that could be opened), or with *waits set where it is yet to be made: it
 * is asked for then. */
struct unwind_table *unwind_tables_find(struct unwind_tables *t, dso_id dso, bool *waits);

/* Makes the table that was asked for first and is not there yet: milliseconds, and reading a
 * file. False: nothing is asked for. */
bool unwind_tables_make_next(struct unwind_tables *t);

struct unwind_tables_stats {
	size_t tables, rows, bytes; /* that are there */
	size_t made, dropped;	    /* tables, ever */
	uint64_t ns;		    /* CPU time of making them */
};

struct unwind_tables_stats unwind_tables_stats(struct unwind_tables *t);
