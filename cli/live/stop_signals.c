#include "cli/live/stop_signals.h"

#include "base/scoped.h"

#include <stddef.h>
#include <time.h>

static bool is_ignored(int sig)
{
	struct sigaction now;

	return sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void stop_signals_block(struct stop_signals *s)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	static const int of_writes[] = {SIGPIPE, SIGXFSZ};
	sigset_t blocked;

	sigemptyset(&s->set);
	/* A blocked signal would arrive although it is ignored. */
	for (size_t i = 0; i < array_size(ends); i++)
		if (!is_ignored(ends[i]))
			sigaddset(&s->set, ends[i]);
	blocked = s->set;
	for (size_t i = 0; i < array_size(of_writes); i++)
		sigaddset(&blocked, of_writes[i]);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
}

bool stop_signals_arrived(const struct stop_signals *s)
{
	const struct timespec at_once = {0};
	bool any = false;

	while (sigtimedwait(&s->set, NULL, &at_once) > 0)
		any = true;
	return any;
}

void stop_signals_unblock(const struct stop_signals *s)
{
	sigprocmask(SIG_UNBLOCK, &s->set, NULL);
}
