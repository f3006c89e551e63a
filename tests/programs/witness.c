/* Prints the addresses of its functions, one "ADDR NAME" a line, and then waits to be
 * killed. */
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* Code in a segment of its own, far from the rest. */
#ifdef FAR
#define MAYBE_FAR __attribute__((noinline, section(".far,\"ax\",@progbits#")))
#else
#define MAYBE_FAR __attribute__((noinline))
#endif

int exported(int x);
static int local(int x);
int mangled(int x) __asm__("_ZN2ns3mapIlE4findEi");
int strong_name(int x);
int weak_name(int x) __attribute__((weak, alias("strong_name")));
int __underscored(int x) __attribute__((alias("strong_name")));
extern char bare_code[];

__attribute__((noinline)) int exported(int x)
{
	return x + VARIANT;
}

MAYBE_FAR static int local(int x)
{
	return exported(x) * 3;
}

__attribute__((noinline)) int mangled(int x)
{
	return local(x) - 7;
}

__attribute__((noinline)) int strong_name(int x)
{
	return mangled(x) ^ 5;
}

/* Hand-written code: a label that is no function and has no size. */
__asm__(".text\n"
	".globl bare_code\n"
	"bare_code:\n"
	"	nop\n"
	"	nop\n"
	"	nop\n"
	".balign 16\n"
	".globl sized_code\n"
	".type sized_code, STT_FUNC\n"
	"sized_code:\n"
	"	nop\n"
	"inner_label:\n"
	"	nop\n"
	"	nop\n"
	".size sized_code, . - sized_code\n");

extern char sized_code[];

static void tell(const void *p, const char *name)
{
	printf("%jx %s\n", (uintmax_t)(uintptr_t)p, name);
}

#ifdef LIBRARY
void witness(void);
void witness(void)
#else
int main(void)
#endif
{
	tell((const void *)exported, "exported");
	tell((const void *)local, "local");
	tell((const void *)mangled, "ns::map<long>::find");
	tell((const void *)weak_name, "strong_name");
	tell(bare_code, "bare_code");
	tell(sized_code, "sized_code");
	tell(sized_code + 2, "sized_code");
	fflush(stdout);
	for (;;)
		pause();
}
