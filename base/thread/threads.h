/* Work divided among several threads. */
#pragma once

#include <stddef.h>

/* Returns the number of CPUs that this process may use, at most 16. */
size_t threads_wanted(void);

/* Calls job(data, i) once for each i from 0 to n - 1, in any order, in up to
 * threads_wanted() threads at the same time, one of which is the caller's. Returns when
 * all calls have returned. If no thread can be started, the caller's does all the
 * work. */
void threads_run(size_t n, void (*job)(void *data, size_t i), void *data);
