/* Stacks of every kind, for unwinders: each run spends its time in spin(), at the end of
 * one way to get there.
 *
 *     stacks SECONDS WAY [DEPTH]      of CPU time
 *
 *     recursion   DEPTH functions deep (500)
 *     arrays      through frames of a size that is not known before, and aligned ones
 *     sort        called back by libc's qsort()
 *     threads     in four threads
 *     handler     in a signal handler that interrupts anything, also a function's first
 *                 instruction
 *     altstack    the same on a stack of its own, right below the interrupted one
 *     farstack    the same on one that lies anywhere
 *     coroutine   in a context with a stack of its own (makecontext)
 *     plugin      called back by stacks_plugin.so, which lies beside the program */
#include <alloca.h>
#include <dlfcn.h>
#include <libgen.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#if defined(__has_attribute) && __has_attribute(noipa)
#define FUNCTION __attribute__((noipa))
#else
#define FUNCTION __attribute__((noinline))
#endif

/* Some work remains after a call, so that it is no jump. */
#define STAY __asm__ volatile("" ::: "memory")

enum { STACK_SIZE = 32768, PARTS = 64 };

struct way {
	const char *name;
	void (*once)(void);
};

static struct timespec until;
static int depth = 500;
static const char *program; /* its path */
static volatile uint64_t sink = 88172645463325252;

FUNCTION void done(void)
{
	STAY;
}

/* Calls something, or it would do without a frame pointer. */
FUNCTION void spin(int rounds)
{
	uint64_t x = sink;

	for (int i = 0; i < rounds; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	sink = x;
	done();
	STAY;
}

FUNCTION bool is_over(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec > until.tv_sec ||
	       (now.tv_sec == until.tv_sec && now.tv_nsec > until.tv_nsec);
}

void descend(int left);

FUNCTION void descend_odd(int left)
{
	if (left)
		descend(left - 1);
	else
		spin(100000);
	STAY;
}

FUNCTION void descend(int left)
{
	if (left)
		descend_odd(left - 1);
	else
		spin(100000);
	STAY;
}

FUNCTION void recursion(void)
{
	descend(depth);
	STAY;
}

FUNCTION void aligned(int left)
{
	__attribute__((aligned(64))) volatile char line[64];

	line[left % 64] = 1;
	spin(20000 + line[left % 64]);
	STAY;
}

FUNCTION void with_array(int left)
{
	volatile char some[left + 1];

	some[0] = 1;
	if (left > 1)
		with_array(left / 2);
	else
		aligned(left + some[0]);
	STAY;
}

FUNCTION void with_alloca(int left)
{
	volatile char *some = alloca((size_t)left + 1);

	some[left] = 1;
	with_array(left);
	STAY;
}

FUNCTION void arrays(void)
{
	for (int i = 1; i < 2000; i += 97)
		with_alloca(i);
	STAY;
}

FUNCTION int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	spin(2000);
	STAY;
	return x < y ? -1 : x > y;
}

FUNCTION void sort(void)
{
	int values[PARTS];

	for (int i = 0; i < PARTS; i++)
		values[i] = i * 37 % PARTS;
	qsort(values, PARTS, sizeof(*values), compare);
	STAY;
}

FUNCTION void *in_thread(void *unused)
{
	while (!is_over())
		spin(100000);
	STAY;
	return unused;
}

FUNCTION void threads(void)
{
	pthread_t all[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&all[i], NULL, in_thread, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(all[i], NULL);
	STAY;
}

FUNCTION void handle(int number)
{
	(void)number;
	spin(300000);
	STAY;
}

/* Short, so that it is often interrupted in its first and last instructions. */
FUNCTION void leaf(int rounds)
{
	if (rounds > 1)
		spin(rounds);
	STAY;
}

FUNCTION void busy(void)
{
	while (!is_over())
		for (int i = 0; i < 1000; i++)
			leaf(i % 4);
	STAY;
}

FUNCTION void start_signals(int flags)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = flags | SA_RESTART};
	struct itimerval timer = {{0, 1000}, {0, 1000}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

FUNCTION void stop_signals(void)
{
	struct itimerval timer = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &timer, NULL);
}

FUNCTION void handler(void)
{
	start_signals(0);
	busy();
	stop_signals();
}

static void mask_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(how, &set, NULL);
}

FUNCTION void *busy_thread(void *alternative)
{
	stack_t stack = {.ss_sp = alternative, .ss_size = STACK_SIZE};

	sigaltstack(&stack, NULL);
	mask_signals(SIG_UNBLOCK);
	start_signals(SA_ONSTACK);
	busy();
	stop_signals();
	return NULL;
}

/* In a thread, so that its stack can be put after another; it gets all signals. */
static void with_stacks(char *alternative, char *stack)
{
	pthread_attr_t attr;
	pthread_t thread;

	mask_signals(SIG_BLOCK);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, STACK_SIZE);
	pthread_create(&thread, &attr, busy_thread, alternative);
	pthread_join(thread, NULL);
}

/* Touches every page: the kernel's copy of a stack ends at the first missing page. */
static char *some_memory(void)
{
	return mmap(NULL, 8 * STACK_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

FUNCTION void altstack(void)
{
	char *both = some_memory();

	with_stacks(both, both + STACK_SIZE);
}

FUNCTION void farstack(void)
{
	char *both = some_memory();

	with_stacks(both + 7 * STACK_SIZE, both);
}

static ucontext_t outside, inside;

FUNCTION void in_context(void)
{
	while (!is_over()) {
		spin(100000);
		swapcontext(&inside, &outside);
	}
}

FUNCTION void coroutine(void)
{
	getcontext(&inside);
	inside.uc_stack.ss_sp = some_memory();
	inside.uc_stack.ss_size = STACK_SIZE;
	inside.uc_link = &outside;
	makecontext(&inside, in_context, 0);
	while (!is_over())
		swapcontext(&outside, &inside);
}

FUNCTION void called_back(void)
{
	spin(100000);
	STAY;
}

#ifndef STATIC
FUNCTION void plugin(void)
{
	char path[4096], *copy = strdup(program);
	void (*run)(void (*)(void));
	void *library;

	snprintf(path, sizeof(path), "%s/stacks_plugin.so", dirname(copy));
	library = dlopen(path, RTLD_NOW);
	run = library ? (void (*)(void (*)(void)))dlsym(library, "plugin_run") : NULL;
	while (run && !is_over())
		run(called_back);
	free(copy);
}
#endif

static const struct way ways[] = {
	{"recursion", recursion}, {"arrays", arrays},	    {"sort", sort},
	{"threads", threads},	  {"handler", handler},	    {"altstack", altstack},
	{"farstack", farstack},	  {"coroutine", coroutine},
#ifndef STATIC
	{"plugin", plugin},
#endif
};

FUNCTION void go(const struct way *way)
{
	do
		way->once();
	while (!is_over());
	STAY;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 1;

	program = argv[0];
	if (argc > 3)
		depth = atoi(argv[3]);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &until);
	until.tv_nsec += (long)(seconds * 1e9) % 1000000000;
	until.tv_sec += (time_t)seconds + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (argc > 2 && strcmp(argv[2], ways[i].name) == 0) {
			go(&ways[i]);
			return 0;
		}
	}
	return 2;
}
