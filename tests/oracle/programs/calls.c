/* Calls of many kinds, as distributions compile them: recursion, stacks of variable size,
 * libc calling back, tail calls, functions that never return in the middle, and hot and
 * cold parts. */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEPT __attribute__((noinline, noclone))

static volatile unsigned sink;
static jmp_buf back;

KEPT static void spin(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sink = sink * 31 + i;
}

KEPT static unsigned descend(unsigned depth)
{
	volatile char pad[48];
	pad[depth % sizeof(pad)] = 1;
	if (!depth) {
		spin(3000);
		return pad[0];
	}
	return descend(depth - 1) + pad[depth % sizeof(pad)];
}

KEPT static unsigned with_array(unsigned n)
{
	volatile char array[n];
	array[n - 1] = 1;
	spin(2000);
	return n > 200 ? with_array(n / 2) + array[n - 1] : array[n - 1];
}

KEPT static int compare(const void *a, const void *b)
{
	spin(20);
	return *(const int *)a - *(const int *)b;
}

KEPT static void sort(void)
{
	int numbers[300];
	for (unsigned i = 0; i < 300; i++)
		numbers[i] = (int)(i * 7919 % 1009);
	qsort(numbers, 300, sizeof(*numbers), compare);
	sink += (unsigned)numbers[5];
}

KEPT static void tail_end(unsigned n)
{
	spin(n);
}

KEPT static void tail_middle(unsigned n)
{
	sink++;
	tail_end(n + 1);
}

KEPT static void format(void)
{
	char text[400];
	for (unsigned i = 0; i < 40; i++)
		snprintf(text, sizeof(text), "%s %.17g %*d", "text", sqrt(i) * 1e100, 30,
			 (int)i);
	sink += (unsigned char)text[3] + (unsigned)strtod(text + 5, NULL);
}

__attribute__((cold, noinline)) static void leave(void)
{
	spin(500);
	longjmp(back, 1);
}

KEPT static void jump_over(unsigned n)
{
	if (!setjmp(back)) {
		spin(n);
		if (__builtin_expect(sink != 7, 1))
			leave();
	}
}

static void (*const jobs[])(unsigned) = {tail_middle, jump_over, spin};

KEPT static void memory(void)
{
	char *blocks[64];
	for (unsigned i = 0; i < 64; i++) {
		blocks[i] = malloc(100 + i * 37);
		memset(blocks[i], (int)i, 100 + i * 37);
	}
	for (unsigned i = 0; i < 64; i++) {
		sink += (unsigned)strlen(strndup(blocks[i] + 1, 1) ?: "");
		free(blocks[i]);
	}
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1) + 1;
	while (time(NULL) < end) {
		sink += descend(60) + with_array(1000);
		sort();
		format();
		memory();
		for (unsigned i = 0; i < 3; i++)
			jobs[i](5000);
	}
	return 0;
}
