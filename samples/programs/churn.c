/* Makes side-band records at a steady rate: churn KIND RATE SECONDS. See 'kinds'. */
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { PAGE = 4096, PAGES = 64 };

static char self[4096]; /* path of this program */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void sleep_until(double time)
{
	double left = time - now();
	struct timespec t = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};

	if (left > 0)
		nanosleep(&t, NULL);
}

static void *page_map(size_t offset)
{
	int fd = open(self, O_RDONLY | O_CLOEXEC);
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd,
			  (off_t)(offset * PAGE));

	close(fd);
	return page;
}

/* Another page of a file at the same few addresses each time. */
static void map_file(unsigned i)
{
	static void *pages[PAGES];

	if (pages[i % PAGES])
		munmap(pages[i % PAGES], PAGE);
	pages[i % PAGES] = page_map(i % 3);
}

/* A page without a file at an address that was never used, as some JITs do. */
static void map_memory(unsigned i)
{
	static void *pages[PAGES];
	static uintptr_t at = 0x100000000000;

	if (pages[i % PAGES])
		munmap(pages[i % PAGES], PAGE);
	at += 16 * PAGE;
	pages[i % PAGES] = mmap((void *)at, PAGE, PROT_READ | PROT_EXEC,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void wait_for(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
}

static void spawn(unsigned i)
{
	char end[] = "end", *argv[] = {self, end, NULL};
	pid_t pid;

	(void)i;
	if (posix_spawn(&pid, self, NULL, NULL, argv, environ) == 0)
		wait_for(pid);
}

static void fork_one(unsigned i)
{
	pid_t pid = fork();

	(void)i;
	if (!pid)
		_exit(0);
	wait_for(pid);
}

static void *thread_main(void *arg)
{
	return arg;
}

static void thread(unsigned i)
{
	pthread_t id;

	(void)i;
	if (pthread_create(&id, NULL, thread_main, NULL) == 0)
		pthread_join(id, NULL);
}

/* A process with JIT code and a map of it. */
static void jit(unsigned i)
{
	pid_t pid = fork();
	char path[64];

	(void)i;
	if (pid) {
		wait_for(pid);
		return;
	}
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	FILE *map = fopen(path, "w");
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (map) {
		fprintf(map, "%lx 10 made\n", (unsigned long)page);
		fclose(map);
	}
	unlink(path);
	_exit(0);
}

static void name(unsigned i)
{
	char text[16];

	snprintf(text, sizeof(text), "churn-%u", i);
	prctl(PR_SET_NAME, text);
}

static void cgroup(unsigned i)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/churn-%d-%u", getpid(), i);
	mkdir(path, 0755);
	rmdir(path);
}

static const struct kind {
	const char *name;
	void (*make)(unsigned i); /* NULL: the program executes itself */
} kinds[] = {
	{"exec", NULL},	  {"map", map_file},  {"memory", map_memory},
	{"spawn", spawn}, {"fork", fork_one}, {"thread", thread},
	{"jit", jit},	  {"name", name},     {"cgroup", cgroup},
};

/* Executes the program itself, with an executable page each time. */
static void execute_self(char **argv, double start, unsigned i)
{
	char at[64];
	char *next[] = {argv[0], argv[1], argv[2], argv[3], at, NULL};

	snprintf(at, sizeof(at), "%.9f,%u", start, i);
	mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	execv(self, next);
	_exit(1);
}

int main(int argc, char **argv)
{
	double rate = argc > 3 ? atof(argv[2]) : 0,
	       seconds = argc > 3 ? atof(argv[3]) : 0;
	const struct kind *kind = kinds, *end = kinds + sizeof(kinds) / sizeof(*kinds);
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	double start = now();
	unsigned i = 0;

	if (argc == 2 && strcmp(argv[1], "end") == 0)
		return 0;
	while (argc > 3 && kind < end && strcmp(kind->name, argv[1]) != 0)
		kind++;
	if (argc <= 3 || kind == end || rate <= 0 || len <= 0) {
		fprintf(stderr, "usage: churn KIND RATE SECONDS\n");
		return 2;
	}
	if (argc > 4)
		sscanf(argv[4], "%lf,%u", &start, &i);
	for (; now() < start + seconds; i++) {
		/* In steps of a millisecond: a sleep takes as long. */
		if (now() < start + i / rate - 1e-3)
			sleep_until(start + i / rate);
		if (!kind->make)
			execute_self(argv, start, i + 1);
		kind->make(i);
	}
	printf("%s %u\n", kind->name, i);
	return 0;
}
