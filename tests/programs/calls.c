/* Calls functions of libc in all the ways there are: through a stub, by address, and one
 * that is chosen when the program starts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int one(int x)
{
	return x + 1;
}

static int (*choose(void))(int)
{
	return one;
}

int chosen(int x) __attribute__((ifunc("choose")));

int main(int argc, char **argv)
{
	int (*volatile by_address)(const char *) = puts;

	if (argc > 1)
		by_address(argv[1]);
	puts(argv[0]);
	free(malloc((size_t)argc));
	if (getpid() == argc)
		exit(chosen((int)strlen(argv[0])));
	return 0;
}
