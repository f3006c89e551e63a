/* Threads with work that cannot wait for other processes. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* Starts a thread in which all signals are blocked: they are for the thread that waits
 * for them. Returns 0 or an error number. */
int urgent_thread_start(pthread_t *thread, void *(*start)(void *), void *data);

/* Gives the calling thread the lowest real-time priority, else the highest other one.
 * Returns whether one of them is allowed. */
bool urgent_thread_raise_priority(void);
