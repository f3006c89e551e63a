#include "base/thread/urgent_thread.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

enum { NICE_MIN = -20 };

int urgent_thread_start(pthread_t *thread, void *(*start)(void *), void *data)
{
	sigset_t all, before;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(thread, NULL, start, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

bool urgent_thread_raise_priority(void)
{
	const struct sched_param lowest = {.sched_priority = 1};

	/* Both calls change the calling thread only. */
	return pthread_setschedparam(pthread_self(), SCHED_FIFO, &lowest) == 0 ||
	       setpriority(PRIO_PROCESS, 0, NICE_MIN) == 0;
}
