/* First pass over a recording: the side-band events build the table of processes, and
 * losses are counted. */
#pragma once

#include "base/error.h"
#include "flow/early_count.h"
#include "model/process.h"
#include "model/run_info.h"
#include "record/data/cursor.h"
#include "symbolize/jit_keeper.h"

/* Events that wait for others to be put in order. */
enum { SIDE_BAND_WINDOW = 1 << 17 };

struct side_band_pass {
	/* filled; event text is stored in its string table */
	struct process_table *processes;
	/* 'throttled', 'text_pokes' and the figures of trace data are increased; 'lost'
	 * and 'lost_side_band' are raised to the numbers of lost records */
	struct run_info *run_info;
	/* receives each event, too; NULL: none */
	struct jit_keeper *jit;
	/* counts the samples of a long recording */
	struct early_count *early;
};

/* Reads all events of the cursor and applies them in the order of their times. The order
 * matters: each CPU writes its own part of the recording. In a recording of more than
 * SIDE_BAND_WINDOW events, an event is put in order among that many, and processes are
 * forgotten that ended without a sample, or with counted samples only: so memory follows
 * the running processes, not the number of events. Returns 0, or -1 if the recording is
 * damaged; the events before the damage are applied. */
int side_band_pass_run(const struct side_band_pass *pass, struct cursor *cursor,
		       struct error *damage);
