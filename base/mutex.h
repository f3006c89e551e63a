/* A lock that a thread of real-time priority may take as well. */
#pragma once

#include <pthread.h>

/* Whoever holds it has the priority of whoever waits for it, so that an urgent thread never
 * waits for what has no CPU. */
static inline void mutex_init(pthread_mutex_t *m)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(m, &attr);
	pthread_mutexattr_destroy(&attr);
}
