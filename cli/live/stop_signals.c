#include "cli/live/stop_signals.h"

#include "base/clock.h"
#include "base/scoped.h"

#include <stddef.h>
#include <sys/mman.h>
#include <time.h>

enum { TURN_NS = 50000000, TOGETHER_NS = 1000000000 };

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

	*s = (struct stop_signals){0};
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

/* The signals have their default effect: nobody handles them. */
static void die_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}

static void *watch(void *stop_signals)
{
	const struct timespec turn = {.tv_nsec = TURN_NS};
	struct stop_signals *s = stop_signals;
	uint64_t last = clock_now();

	while (!atomic_load(&s->is_over)) {
		int sig = sigtimedwait(&s->set, NULL, &turn);

		if (sig <= 0 || clock_now() - last < TOGETHER_NS)
			continue;
		if (!s->hurry || s->second)
			die_of(sig);
		last = clock_now();
		s->second = sig;
		atomic_store(s->hurry, true);
	}
	return NULL;
}

void stop_signals_watch(struct stop_signals *s)
{
	void *shared = mmap(NULL, sizeof(*s->hurry), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	s->hurry = shared == MAP_FAILED ? NULL : shared;
	s->is_watched = pthread_create(&s->thread, NULL, watch, s) == 0;
	/* Without threads, the next signal ends flame also within the second. */
	if (!s->is_watched)
		sigprocmask(SIG_UNBLOCK, &s->set, NULL);
}

const atomic_bool *stop_signals_hurry(const struct stop_signals *s)
{
	return s->hurry;
}

void stop_signals_end(struct stop_signals *s)
{
	if (s->is_watched) {
		atomic_store(&s->is_over, true);
		pthread_join(s->thread, NULL);
	}
	s->is_watched = false;
	if (s->hurry)
		munmap(s->hurry, sizeof(*s->hurry));
	s->hurry = NULL;
	if (s->second)
		die_of(s->second);
}
