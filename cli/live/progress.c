#include "cli/live/progress.h"

#include "cli/live/standard_error.h"

#include <assert.h>
#include <inttypes.h>

enum { INTERVAL_NS = 500 * 1000 * 1000 };

void progress_init(struct progress *p, bool is_terminal, uint64_t now)
{
	*p = (struct progress){.is_on = is_terminal, .start = now};
}

void progress_show(struct progress *p, uint64_t now, uint64_t samples)
{
	assert(now >= p->start && now >= p->last_shown);
	if (!p->is_on || now - p->last_shown < INTERVAL_NS)
		return;
	p->last_shown = now;
	status_show("flame: recording, %.0f s, %" PRIu64 " samples (Ctrl-C ends it) ",
		    (double)(now - p->start) / 1e9, samples);
}

void progress_end(struct progress *p)
{
	if (p->is_on && p->last_shown)
		status_end();
	p->is_on = false;
}
