/* Unwinds samples, each when all mappings up to its time are known and the unwind tables
 * of the files on its stack are made. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"
#include "flow/live/live_processes.h"
#include "record/data/event_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stack_engine;

/* The pointers are the caller's, and must outlive the engine. */
struct stack_engine_options {
	const char *machine; /* of uname(2), "x86_64" for example */
	const struct event_table *events;
	struct live_processes *processes;
	/* for unwind_tables.h; may be NULL: */
	struct dso_keeper *keeper;
	struct file_marks *marks;
	struct slow_files *slow;
	_Atomic(uint64_t) *used_key;
	_Atomic(uint64_t) *n_tables; /* counts the tables that were made */
	_Atomic(uint64_t) *sample; /* number of the sample that is being unwound, or 0 */
	/* Takes the chain of a sample, valid during the call; n = 0: the sample cannot be
	 * unwound. From then on the engine does not use the sample. */
	void (*done)(void *data, uint64_t number, const void *chain, size_t n);
	void *data;
};

/* Returns NULL if flame cannot unwind the stacks of the machine. */
struct stack_engine *stack_engine_new(const struct stack_engine_options *options,
				      struct error *err);
void stack_engine_free(struct stack_engine **e);

/* Unwinds a sample now or later. It must have a user stack (user_stack_is_in()), a number
 * above 0, and stay where it is until it is done. */
void stack_engine_add(struct stack_engine *e, uint64_t number, const void *record,
		      size_t size);

/* The side band up to 'time' is in 'processes' and complete: applies it, and unwinds the
 * samples that waited for it or for a table. 'time' never decreases. */
void stack_engine_advance(struct stack_engine *e, uint64_t time);

/* Makes one table that a sample lacks. Returns false if none is requested. */
bool stack_engine_make_table(struct stack_engine *e);

/* Makes all tables, and ends with all samples. */
void stack_engine_end(struct stack_engine *e);

/* CPU time for tables so far, ns. */
uint64_t stack_engine_table_time(const struct stack_engine *e);
