/* Functions inlined into each other, and where they ended up. Prints as witness.c does:
 * the name is the inlined call that the address is in. The lines are given, so that tests
 * can name them. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define INLINE	 __attribute__((always_inline)) static inline
#define NOINLINE __attribute__((noinline))
#define MARK(name)                                                                       \
	__asm__ volatile(".globl " #name "\n" #name ":\n\tnop\n\tnop\n" ::: "memory")

extern char mark_third[], mark_second[], mark_first[], mark_plain[], mark_again[];
extern volatile int sink;
volatile int sink;
int chain(int x);
int plain(int x);
int again(int x);

/* clang-format off */
#line 100 "third.h"
INLINE int third(int x)
{
	MARK(mark_third);
	return x + sink;
}
#line 200 "chain.c"
INLINE int second(int x)
{
	x = third(x) * 3;
	MARK(mark_second);
	return x ^ sink;
}
INLINE int first(int x)
{
	x += second(x);
	MARK(mark_first);
	return x - sink;
}
NOINLINE int chain(int x)
{
	sink = x;
	return first(x) + 1;
}
NOINLINE int plain(int x)
{
	MARK(mark_plain);
	return x * sink;
}
INLINE int fourth(int x)
{
	MARK(mark_again);
	return x * 5 + sink;
}
NOINLINE int again(int x)
{
	{
		int y = fourth(x + sink);

		return y - sink;
	}
}
/* clang-format on */

static void tell(const void *p, const char *name)
{
	printf("%jx %s\n", (uintmax_t)(uintptr_t)p, name);
}

int main(int argc, char **argv)
{
	(void)argv;
	sink = chain(argc) + plain(argc) + again(argc);
	tell(mark_third, "third");
	tell(mark_second, "second");
	tell(mark_first, "first");
	tell(mark_plain, "plain");
	tell(mark_again, "again");
	tell((const void *)chain, "chain");
	tell((const void *)main, "main");
	fflush(stdout);
	for (;;)
		pause();
}
