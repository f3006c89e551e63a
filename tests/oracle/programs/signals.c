/* Signals that interrupt work everywhere: with a stack of their own and without, one
 * within the other, some left by siglongjmp. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned sink;
static sigjmp_buf back;
static volatile sig_atomic_t may_jump;

__attribute__((noinline)) static void spin(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sink = sink * 31 + i;
}

__attribute__((noinline)) static void handle(unsigned n)
{
	spin(n);
	sink++;
}

static void on_timer(int number)
{
	handle(100000);
	raise(SIGUSR1);
	if (number == SIGALRM && may_jump) {
		may_jump = 0;
		siglongjmp(back, 1);
	}
}

static void on_user(int number)
{
	handle(60000 + (unsigned)number);
}

__attribute__((noinline)) static void work(unsigned n)
{
	char text[200];
	spin(n);
	for (unsigned i = 0; i < 30; i++) {
		snprintf(text, sizeof(text), "%u %g", i, i / 3.0);
		memcpy(text + 100, text, 90);
		sink += (unsigned)strlen(text);
		getppid();
	}
}

__attribute__((noinline)) static void interrupted(void)
{
	if (!sigsetjmp(back, 1)) {
		may_jump = 1;
		work(200000);
		may_jump = 0;
	}
	work(200000);
}

int main(int argc, char **argv)
{
	static char other_stack[1 << 17];
	stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof(other_stack)};
	struct sigaction timer = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
	struct sigaction user = {.sa_handler = on_user,
				 .sa_flags = SA_ONSTACK | SA_RESTART};
	struct itimerval real = {{0, 1700}, {0, 1700}}, used = {{0, 2300}, {0, 2300}};
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1) + 1;

	sigaltstack(&stack, NULL);
	sigaction(SIGALRM, &timer, NULL);
	sigaction(SIGPROF, &timer, NULL);
	sigaction(SIGUSR1, &user, NULL);
	setitimer(ITIMER_REAL, &real, NULL);
	setitimer(ITIMER_PROF, &used, NULL);
	while (time(NULL) < end)
		interrupted();
	return 0;
}
