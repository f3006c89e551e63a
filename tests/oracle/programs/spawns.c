/* Processes that come and go: vfork and exec, fork and work in the child, posix_spawn,
 * system(). */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static volatile unsigned sink;

__attribute__((noinline)) static void work(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sink = sink * 31 + i;
}

__attribute__((noinline)) static void by_vfork(char *self)
{
	char *args[] = {self, "child", NULL};
	pid_t pid = vfork();
	if (!pid) {
		execv(self, args);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

__attribute__((noinline)) static void by_vfork_alone(void)
{
	pid_t pid = vfork();
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

__attribute__((noinline)) static void by_fork(void)
{
	pid_t pid = fork();
	if (!pid) {
		work(8000000);
		exit(0);
	}
	waitpid(pid, NULL, 0);
}

__attribute__((noinline)) static void by_spawn(char *self)
{
	char *args[] = {self, "child", NULL};
	pid_t pid;
	if (!posix_spawn(&pid, self, NULL, NULL, args, environ))
		waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1) + 1;
	if (argc > 1 && !strcmp(argv[1], "child")) {
		work(8000000);
		return 0;
	}
	while (time(NULL) < end) {
		by_vfork(argv[0]);
		by_vfork_alone();
		by_fork();
		by_spawn(argv[0]);
		sink += (unsigned)system(":");
	}
	return 0;
}
