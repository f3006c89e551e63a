/* Spends its CPU time in three functions in the proportion 60 : 30 : 10, in short turns
 * in random order, so that the shares hold for any interval and at any sampling rate.
 *
 *     split SECONDS [--verify]     --verify: measures its own shares and prints them */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { UNIT_ROUNDS = 20000 };

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* One unit costs the same wherever it is called from: it is part of its caller, each of
 * which has the same loop of the same instructions, at the same alignment. */
static inline __attribute__((always_inline)) uint64_t unit(uint64_t x)
{
	for (int i = 0; i < UNIT_ROUNDS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

#define PART __attribute__((noinline, aligned(64)))

/* The asm keeps the compiler from folding the three into one and from making tail
 * calls. */
PART uint64_t split_large(uint64_t x)
{
	x = unit(x);
	__asm__ volatile("# large" : "+r"(x));
	return x;
}

PART uint64_t split_medium(uint64_t x)
{
	x = unit(x);
	__asm__ volatile("# medium" : "+r"(x));
	return x;
}

PART uint64_t split_small(uint64_t x)
{
	x = unit(x);
	__asm__ volatile("# small" : "+r"(x));
	return x;
}

PART uint64_t split_round(uint64_t x, uint64_t *spent)
{
	/* Which part comes next is left to chance: turns of one length would beat with
	 * the sampling clock. */
	uint64_t draw = (x >> 11) % 10, before = spent ? now() : 0;
	int part = draw < 6 ? 0 : draw < 9 ? 1 : 2;

	if (part == 0)
		x = split_large(x);
	else if (part == 1)
		x = split_medium(x);
	else
		x = split_small(x);
	if (spent)
		spent[part] += now() - before;
	return x;
}

int main(int argc, char **argv)
{
	uint64_t spent[3] = {0}, x = 88172645463325252;
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	int verify = argc > 2 && !strcmp(argv[2], "--verify");
	struct timespec t0, t;
	double all;

	clock_gettime(CLOCK_MONOTONIC, &t0);
	do {
		/* A look at the clock only now and then: it has no share. */
		for (int i = 0; i < 50; i++)
			x = split_round(x, verify ? spent : NULL);
		clock_gettime(CLOCK_MONOTONIC, &t);
	} while ((double)(t.tv_sec - t0.tv_sec) + (double)(t.tv_nsec - t0.tv_nsec) / 1e9 <
		 seconds);

	all = (double)(spent[0] + spent[1] + spent[2]);
	if (verify)
		printf("%.4f %.4f %.4f\n", (double)spent[0] / all, (double)spent[1] / all,
		       (double)spent[2] / all);
	return x == 0;
}
