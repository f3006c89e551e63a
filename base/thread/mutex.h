/* A lock that threads of real-time priority may take too. */
#pragma once

#include <pthread.h>

/* Initializes 'm' with priority inheritance: a thread that holds the lock runs with the
 * priority of the most urgent thread that waits for it, so that it gets a CPU. */
static inline void mutex_init(pthread_mutex_t *m)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(m, &attr);
	pthread_mutexattr_destroy(&attr);
}
