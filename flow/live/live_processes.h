/* The address spaces of running processes, for unwinding while a recording is taken. They
 * are built from the side band, whose records come in the order of their times only
 * roughly. State that no sample needs any more is dropped, so memory follows the number
 * of processes that run, not of those that ever ran. */
#pragma once

#include "base/error.h"
#include "model/process.h"
#include "record/data/decode.h"
#include "unwind/unwind_tables.h"

#include <stddef.h>
#include <stdint.h>

struct live_processes {
	struct decode_event format; /* of the side band */
	struct strtab strings;
	struct dso_table dsos;
	struct process_table table;

	/* Private: */
	uint64_t applied_until;	 /* ns: the side band is applied up to this time */
	VEC(uint8_t) unapplied;	 /* side-band records, in the order of their arrival */
	VEC(uint8_t) too_early;	 /* those that remain unapplied */
	VEC(struct event) batch; /* events to apply next */
	size_t n_dsos;		 /* after the last time that dsos were dropped */
};

/* 'format' is that of the side band. The result must not be moved. */
void live_processes_init(struct live_processes *l, const struct decode_event *format);
void live_processes_release(struct live_processes *l);

/* Adds side-band records of all rings, one after the other. They are applied when
 * live_processes_advance() reaches their time. */
void live_processes_add(struct live_processes *l, const void *records, size_t size);

/* Applies the side band up to 'until' (ns), up to which it is complete. 'until' never
 * decreases. */
void live_processes_advance(struct live_processes *l, uint64_t until);

/* Whether live_processes_forget() is worth its time. */
bool live_processes_has_grown(const struct live_processes *l);

/* Drops all state but that of the times of 'samples' and of those that
 * live_processes_advance() has not reached. Drops the tables of dsos that no process has
 * mapped for long (NULL: there are none). */
void live_processes_forget(struct live_processes *l, const struct sample_times *samples,
			   struct unwind_tables *tables);
