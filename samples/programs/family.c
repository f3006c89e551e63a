/* Processes that fork and never execute anything, each generation working in a function
 * of its own, beside threads that change their names as they change their work: a thread
 * called "sowing" only ever works in sow(), one called "reaping" in reap().
 *
 *     family SECONDS */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 2, ROUNDS = 2000000 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline __attribute__((always_inline)) uint64_t unit(uint64_t x)
{
	for (int i = 0; i < ROUNDS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

#define PART __attribute__((noinline))

/* The asm keeps the compiler from folding them into one and from making tail calls. */
PART uint64_t sow(uint64_t x)
{
	x = unit(x);
	__asm__ volatile("# sow" : "+r"(x));
	return x;
}

PART uint64_t reap(uint64_t x)
{
	x = unit(x);
	__asm__ volatile("# reap" : "+r"(x));
	return x;
}

PART uint64_t be_parent(uint64_t x)
{
	x = unit(x);
	__asm__ volatile("# parent" : "+r"(x));
	return x;
}

PART uint64_t be_child(uint64_t x)
{
	x = unit(x);
	__asm__ volatile("# child" : "+r"(x));
	return x;
}

PART uint64_t be_grandchild(uint64_t x)
{
	x = unit(x);
	__asm__ volatile("# grandchild" : "+r"(x));
	return x;
}

/* The name is changed while no work is done: samples of one name are of one work. */
static void *rename_and_work(void *until)
{
	double end = *(double *)until;
	uint64_t x = 88172645463325252;

	while (now() < end) {
		prctl(PR_SET_NAME, "sowing");
		x = sow(x);
		prctl(PR_SET_NAME, "tilling");
		prctl(PR_SET_NAME, "reaping");
		x = reap(x);
		prctl(PR_SET_NAME, "tilling");
	}
	return x ? NULL : until;
}

/* Forks once more, the child first of all, and works beside it. */
static uint64_t generation(int n, uint64_t x)
{
	pid_t child = n < 2 ? fork() : -1;

	if (child == 0) {
		generation(n + 1, x);
		_exit(0);
	}
	if (n == 0)
		x = be_parent(x);
	else
		x = n == 1 ? be_child(x) : be_grandchild(x);
	if (child > 0)
		waitpid(child, NULL, 0);
	return x;
}

int main(int argc, char **argv)
{
	double end = now() + (argc > 1 ? atof(argv[1]) : 1);
	uint64_t x = 88172645463325252;
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, rename_and_work, &end))
			return 1;
	while (now() < end)
		x = generation(0, x);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return x == 0;
}
