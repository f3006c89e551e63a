/* Works for a few ms in one function, then executes the next runner in the same process.
 * Compiled twice, as relay_a and relay_b, each the other's next, with a function of its
 * own name, RUNNER_run, at the same address.
 *
 *     relay_a UNTIL     ends at that second of CLOCK_MONOTONIC */
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define RUN	    JOIN(RUNNER, _run)
#define TEXT_(a)    #a
#define TEXT(a)	    TEXT_(a)

enum { ROUNDS = 8000000 };

uint64_t RUN(uint64_t x);

__attribute__((noinline)) uint64_t RUN(uint64_t x)
{
	for (int i = 0; i < ROUNDS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	/* The result is unused: without this, the compiler would not compute it. */
	__asm__ volatile("# run" : "+r"(x));
	return x;
}

int main(int argc, char **argv)
{
	uint64_t x = RUN(88172645463325252);
	char self[PATH_MAX] = "", next[PATH_MAX + 32];
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (argc < 2 || t.tv_sec >= atol(argv[1]))
		return x == 0;
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	snprintf(next, sizeof(next), "%s/%s", dirname(self), TEXT(NEXT));
	execl(next, next, argv[1], (char *)NULL);
	return 1;
}
