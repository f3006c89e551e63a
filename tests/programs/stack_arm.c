/* Takes samples of its own stack, for arm64: the registers and a copy of the stack at a
 * breakpoint, far down in some functions, then in a signal handler. Writes for each, as
 * words: the address that signal handlers return to, 31 registers, sp and pc, how many
 * bytes follow; then those from the stack pointer up. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ucontext.h>
#include <ucontext.h>
#include <unistd.h>

#define FUNCTION __attribute__((noipa))
#define STAY	 __asm__ volatile("" ::: "memory")

static void put(const void *data, size_t size)
{
	if (write(STDOUT_FILENO, data, size) != (ssize_t)size)
		_exit(1);
}

static void take_sample(int number, siginfo_t *info, void *context)
{
	mcontext_t *m = &((ucontext_t *)context)->uc_mcontext;
	uint64_t trampoline = (uintptr_t)__builtin_return_address(0);
	uint64_t size = (uintptr_t)environ - m->sp; /* which lies above all frames */

	(void)number, (void)info;
	put(&trampoline, sizeof(trampoline));
	put(m->regs, sizeof(m->regs));
	put(&m->sp, sizeof(m->sp));
	put(&m->pc, sizeof(m->pc));
	put(&size, sizeof(size));
	put((void *)(uintptr_t)m->sp, size);
	m->pc += 4;
}

FUNCTION void leaf(void)
{
	__asm__ volatile("brk #0");
}

FUNCTION int middle(const void *a, const void *b)
{
	static int times;

	if (!times++)
		leaf();
	STAY;
	return *(const int *)a - *(const int *)b;
}

FUNCTION void outer(void)
{
	volatile int values[] = {3, 1, 2};

	qsort((void *)values, 3, sizeof(*values), middle);
	STAY;
}

FUNCTION void handler(int number)
{
	(void)number;
	leaf();
	STAY;
}

FUNCTION void interrupted(volatile int *null)
{
	*null = 1;
	STAY;
}

FUNCTION void sized(int n)
{
	char some[n];

	memset(some, 1, sizeof(some));
	__asm__ volatile("" : : "r"(some) : "memory");
	interrupted(NULL);
	STAY;
}

/* Continues after the instruction that failed. */
static void skip(int number, siginfo_t *info, void *context)
{
	(void)info;
	handler(number);
	((ucontext_t *)context)->uc_mcontext.pc += 4;
}

int main(void)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_NODEFER};

	action.sa_sigaction = take_sample;
	sigaction(SIGTRAP, &action, NULL);
	action.sa_sigaction = skip;
	sigaction(SIGSEGV, &action, NULL);
	outer();
	sized(100);
	return 0;
}
