#include "base/thread/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { THREADS = 16 };

struct work {
	size_t n;
	atomic_size_t next;
	void (*job)(void *data, size_t i);
	void *data;
};

size_t threads_wanted(void)
{
	cpu_set_t cpus;
	int n;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return 1;
	n = CPU_COUNT(&cpus);
	return n > THREADS ? THREADS : (size_t)n;
}

static void *work_run(void *data)
{
	struct work *w = data;
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->n)
		w->job(w->data, i);
	return NULL;
}

void threads_run(size_t n, void (*job)(void *data, size_t i), void *data)
{
	struct work w = {.n = n, .job = job, .data = data};
	size_t wanted = n > 1 ? threads_wanted() : 1, others = 0;
	pthread_t threads[THREADS];

	if (wanted > n)
		wanted = n;
	while (others + 1 < wanted &&
	       pthread_create(&threads[others], NULL, work_run, &w) == 0)
		others++;
	work_run(&w);
	while (others)
		pthread_join(threads[--others], NULL);
}
