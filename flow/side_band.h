/* The side band's reader: a thread of its own, because what a process mapped must be opened
 * before the process is gone, while its samples can wait. */
#pragma once

#include "base/error.h"
#include "elf/dso_keeper.h"
#include "flow/live_stacks.h"
#include "record/data/writer.h"
#include "record/sampler.h"
#include "symbolize/jit_keeper.h"

#include <stdbool.h>

struct side_band;

/* Starts it, at real-time priority where that is allowed. All three must outlive it; nobody else
 * may read the sampler's side band meanwhile. NULL where there can't be a thread. */
struct side_band *side_band_start(struct sampler *sampler, struct dso_keeper *keeper,
				  struct jit_keeper *jit, struct error *err);

/* Ends it if it still runs; what was not written by then is lost. Takes NULL inside. */
void side_band_free(struct side_band **b);

/* Whether it has a priority that lets it find processes which end at once. */
bool side_band_is_urgent(const struct side_band *b);

/* Hands an event to all that keep what processes leave behind; from any thread. */
void side_band_apply(struct side_band *b, const struct event *ev);

/* Has all side-band rings read once to where they ended, and writes everything that came out
 * of them since the last time. Tells 'live' of it, too, unless that is NULL. */
void side_band_write(struct side_band *b, struct writer *w, struct live_stacks *live);
