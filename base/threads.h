/* Work that several threads share. */
#pragma once

#include <stddef.h>

/* So many threads as there are CPUs for this process, at most 16. */
size_t threads_wanted(void);

/* Calls job(data, i) for every i from 0 to n - 1, once each and in no order, in so many threads
 * as are wanted, and returns when all are done. In this thread alone where 'n' is 1, there is one
 * CPU, or there are no threads to be had. */
void threads_run(size_t n, void (*job)(void *data, size_t i), void *data);
