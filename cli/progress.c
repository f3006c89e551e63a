#include "cli/progress.h"

#include <stdio.h>

enum { EVERY_NS = 500 * 1000 * 1000 };

void progress_init(struct progress *p, bool is_terminal, uint64_t now)
{
	*p = (struct progress){.is_on = is_terminal, .start = now};
}

void progress_show(struct progress *p, uint64_t now, uint64_t samples)
{
	if (!p->is_on || now - p->shown < EVERY_NS)
		return;
	p->shown = now;
	fprintf(stderr, "\rflame: recording, %.0f s, %llu samples (Ctrl-C ends it) ",
		(double)(now - p->start) / 1e9, (unsigned long long)samples);
}

void progress_end(struct progress *p)
{
	if (p->is_on && p->shown)
		fputs("\r\033[K", stderr);
	p->is_on = false;
}
