/* Functions with frame pointers called by functions without, over a frame that is larger
 * than a small copy of the stack: the kernel's chain leaves the callers of the latter
 * out. */
#include <stdlib.h>
#include <time.h>

#define WITH	__attribute__((noinline, noclone, optimize("no-omit-frame-pointer")))
#define WITHOUT __attribute__((noinline, noclone, optimize("omit-frame-pointer")))

static volatile unsigned long sink;

WITH static void leaf(void)
{
	for (unsigned long i = 0; i < 100000; i++)
		sink += i;
}

#define LINK(name, callee)                                                               \
	WITH static void name(void)                                                      \
	{                                                                                \
		callee();                                                                \
		sink++;                                                                  \
	}
LINK(sixth, leaf)
LINK(fifth, sixth)
LINK(fourth, fifth)
LINK(third, fourth)
LINK(second, third)

WITH static void first(void)
{
	volatile char large[17000];
	for (int i = 0; i < 17000; i++)
		large[i] = 1;
	second();
	large[16999] = large[0];
}

WITHOUT static void inner_library(void)
{
	first();
	sink++;
}

WITHOUT static void outer_library(void)
{
	inner_library();
	sink++;
}

LINK(job_one, outer_library)
LINK(job_two, outer_library)

WITH static void serve(void)
{
	job_one();
	job_two();
	sink++;
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1) + 1;
	while (time(NULL) < end)
		serve();
	return 0;
}
