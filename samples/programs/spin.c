/* Keeps CPUs busy, in stacks of many shapes and a few dozen frames.
 *
 *     spin [THREADS] [SECONDS]
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS_MOST = 256, DEPTH = 24, ROUNDS = 2000 };

struct spinner {
	pthread_t thread;
	double seconds;
	uint64_t state;
};

static uint64_t mix(uint64_t x)
{
	x ^= x << 13;
	x ^= x >> 7;
	return x ^ x << 17;
}

__attribute__((noinline)) static uint64_t leaf(uint64_t x)
{
	for (int i = 0; i < ROUNDS; i++)
		x = mix(x);
	return x;
}

static uint64_t left(uint64_t x, int depth);

/* Two functions that call each other or themselves, as the bits of 'x' choose. */
__attribute__((noinline)) static uint64_t right(uint64_t x, int depth)
{
	uint64_t y = depth == 0	      ? leaf(x)
		     : x >> depth & 1 ? left(x, depth - 1)
				      : right(x, depth - 1);

	return y + 1;
}

__attribute__((noinline)) static uint64_t left(uint64_t x, int depth)
{
	uint64_t y = depth == 0	      ? leaf(x)
		     : x >> depth & 1 ? right(x, depth - 1)
				      : left(x, depth - 1);

	return y + 2;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *spin(void *arg)
{
	struct spinner *s = arg;
	double end = now() + s->seconds;

	while (now() < end)
		for (int i = 0; i < 100; i++)
			s->state = left(mix(s->state), DEPTH);
	return NULL;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1;
	double seconds = argc > 2 ? atof(argv[2]) : 1;
	struct spinner spinners[THREADS_MOST];

	if (n < 1 || n > THREADS_MOST) {
		fprintf(stderr, "usage: spin [THREADS] [SECONDS]\n");
		return 2;
	}
	for (int i = 0; i < n; i++) {
		spinners[i] =
			(struct spinner){.seconds = seconds, .state = (uint64_t)i + 1};
		if (pthread_create(&spinners[i].thread, NULL, spin, &spinners[i]))
			return 1;
	}
	for (int i = 0; i < n; i++)
		pthread_join(spinners[i].thread, NULL);
	return 0;
}
