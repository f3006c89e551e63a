/* Threads that live for a millisecond, those that stay and share a lock, and coroutines
 * in them. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile unsigned sink;
static _Thread_local unsigned own;
static time_t end;

__attribute__((noinline)) static unsigned work(unsigned n)
{
	unsigned sum = own;
	for (unsigned i = 0; i < n; i++)
		sum = (sum * 31 + i) & 0xffffff;
	own = sum;
	return sum;
}

struct coroutine {
	ucontext_t outside, inside;
	char stack[1 << 16];
};

static void in_coroutine(unsigned low, unsigned high)
{
	struct coroutine *c = (void *)((unsigned long)high << 32 | low);
	for (unsigned i = 0; i < 4; i++) {
		sink += work(100000);
		swapcontext(&c->inside, &c->outside);
	}
}

__attribute__((noinline)) static void coroutine(struct coroutine *c)
{
	getcontext(&c->inside);
	c->inside.uc_stack.ss_sp = c->stack;
	c->inside.uc_stack.ss_size = sizeof(c->stack);
	c->inside.uc_link = &c->outside;
	makecontext(&c->inside, (void (*)(void))in_coroutine, 2,
		    (unsigned)(unsigned long)c, (unsigned)((unsigned long)c >> 32));
	for (unsigned i = 0; i < 5; i++)
		swapcontext(&c->outside, &c->inside);
}

static void *brief(void *unused)
{
	(void)unused;
	sink += work(400000);
	return NULL;
}

static void *steady(void *unused)
{
	struct coroutine *c = calloc(1, sizeof(*c));
	(void)unused;
	while (time(NULL) < end) {
		pthread_mutex_lock(&lock);
		sink += work(200000);
		pthread_mutex_unlock(&lock);
		coroutine(c);
	}
	free(c);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t stays[2], one;
	end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1) + 1;
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&stays[i], NULL, steady, NULL);
	while (time(NULL) < end) {
		pthread_create(&one, NULL, brief, NULL);
		pthread_join(one, NULL);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(stays[i], NULL);
	return 0;
}
