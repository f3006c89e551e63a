/* Reads the side band while a recording is taken, in a thread of its own: the file of a
 * mapping must be opened before its process is gone, while samples can wait. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"
#include "flow/unwinding/live_stacks.h"
#include "model/run_info.h"
#include "record/data/writer.h"
#include "record/sampler.h"
#include "symbolize/jit_keeper.h"

#include <stdbool.h>

struct side_band;

/* Starts the thread, with real-time priority if that is allowed. Sampler and keepers must
 * outlive it; only this thread may read the sampler's side band. Returns NULL if there
 * can be no thread. */
struct side_band *side_band_start(struct sampler *sampler, struct dso_keeper *keeper,
				  struct jit_keeper *jit, struct error *err);

/* Stops the thread. Records that were not written are lost. Stores the names of
 * containers in 'run_info', unless it is NULL. Accepts a pointer to NULL. */
void side_band_free(struct side_band **b, struct run_info *run_info);

/* Whether the thread has a priority high enough to open the files of processes that end
 * at once. False until the thread runs. */
bool side_band_is_urgent(const struct side_band *b);

/* Gives an event to the keepers and the watch of containers; the keepers may set the
 * version in a mapping's generation (dso.h). Any thread may call this. */
void side_band_apply(struct side_band *b, struct event *ev);

/* Writes all side-band records up to this moment, and gives them to 'live', too, unless
 * it is NULL. Only one thread may call this. */
void side_band_write(struct side_band *b, struct writer *w, struct live_stacks *live);
