/* Makes functions while it runs, as a just-in-time compiler does, and writes down which
 * is where for profilers. Each is called from a function of the program's own that
 * identifies it.
 *
 *     jit map SECONDS            /tmp/perf-PID.map; three functions, which work for
 *                                60, 30 and 10 % of the time
 *     jit late SECONDS           the same, but the second function is newer than the map
 *     jit dump SECONDS FOLDER    FOLDER/jit-PID.dump; functions that are put over each
 *                                other, and one that moves, many times a second */
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef void (*work_fn)(uint64_t rounds);

enum { PLACE = 256, PLACES = 8, ROUNDS = 3000000 };

/* Counts its argument down, with a frame of its own. */
#if defined(__x86_64__)
static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0xff,
				     0xcf, 0x75, 0xfb, 0x5d, 0xc3};
static const uint32_t machine = 62;
#elif defined(__aarch64__)
static const uint32_t code[] = {0xa9bf7bfd, 0x910003fd, 0xf1000400,
				0x54ffffe1, 0xa8c17bfd, 0xd65f03c0};
static const uint32_t machine = 183;
#else
static const unsigned char code[1];
static const uint32_t machine;
#endif

static unsigned char *memory; /* places for functions */
static FILE *map;
static int dump = -1;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct header {
	uint32_t magic, version, size, machine, zero, pid;
	uint64_t time, flags;
};

struct record {
	uint32_t id, size;
	uint64_t time;
	uint32_t pid, tid;
};

struct load {
	struct record r;
	uint64_t vma, addr, size, index;
};

struct move {
	struct record r;
	uint64_t vma, from, to, size, index;
};

static void put(const void *data, size_t size)
{
	if (write(dump, data, size) != (ssize_t)size)
		exit(1);
}

static struct record record(uint32_t id, size_t size)
{
	return (struct record){id, (uint32_t)size, now(), (uint32_t)getpid(),
			       (uint32_t)getpid()};
}

static work_fn fill(int place)
{
	unsigned char *at = memory + place * PLACE;

	memcpy(at, code, sizeof(code));
	__builtin___clear_cache((char *)at, (char *)at + sizeof(code));
	return (work_fn)(uintptr_t)at;
}

/* Puts a function at an address and writes its name down. */
static work_fn load(int place, uint64_t index, const char *name)
{
	work_fn f = fill(place);
	uint64_t addr = (uint64_t)(uintptr_t)f;
	size_t len = strlen(name) + 1;
	struct load l = {record(0, sizeof(l) + len + PLACE), addr, addr, PLACE, index};

	if (map)
		fprintf(map, "%lx %x %s\n", (unsigned long)addr, PLACE, name);
	if (dump < 0)
		return f;
	put(&l, sizeof(l));
	put(name, len);
	put(f, PLACE);
	return f;
}

static work_fn move(int from, int to, uint64_t index)
{
	uint64_t old = (uint64_t)(uintptr_t)(memory + from * PLACE);
	work_fn f = fill(to);
	uint64_t addr = (uint64_t)(uintptr_t)f;
	struct move m = {record(1, sizeof(m)), addr, old, addr, PLACE, index};

	put(&m, sizeof(m));
	return f;
}

/* The asm keeps the compiler from folding them into one and from making tail calls. */
#define CALLER(name)                                                                     \
	__attribute__((noinline)) void name(work_fn work, uint64_t rounds)               \
	{                                                                                \
		work(rounds);                                                            \
		__asm__ volatile("# " #name);                                            \
	}

CALLER(with_first)
CALLER(with_second)
CALLER(with_mover)
CALLER(with_filler)

static void run_map(uint64_t end, bool is_late)
{
	char path[64];
	work_fn large, medium, small;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "we");
	if (!map)
		exit(1);
	load(0, 0, "old one");
	large = load(0, 1, "JS:*large a.js:1");
	small = load(2, 3, "small");
	if (is_late) {
		fclose(map);
		map = NULL;
	}
	medium = load(1, 2, "medium of(int)");
	if (map)
		fflush(map);
	while (now() < end) {
		large(6 * ROUNDS);
		medium(3 * ROUNDS);
		small(ROUNDS);
	}
}

static void open_dump(const char *folder)
{
	const struct header h = {0x4a695444,	     1,	    sizeof(h), machine, 0,
				 (uint32_t)getpid(), now(), 0};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/jit-%d.dump", folder, getpid());
	dump = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (dump < 0)
		exit(1);
	put(&h, sizeof(h));
	/* Profilers find the dump by this mapping. */
	if (mmap(NULL, sizeof(h), PROT_READ | PROT_EXEC, MAP_PRIVATE, dump, 0) ==
	    MAP_FAILED)
		exit(1);
}

static void run_dump(const char *folder, uint64_t end)
{
	work_fn mover;
	uint64_t index = 2;
	int at = 1;

	open_dump(folder);
	mover = load(at, 1, "mover");
	while (now() < end) {
		int old = at;

		with_first(load(0, index++, "first"), ROUNDS);
		with_second(load(0, index++, "second"), ROUNDS);
		with_mover(mover, ROUNDS);
		at = 3 - at;
		mover = move(old, at, 1);
		with_filler(load(old, index++, "filler"), ROUNDS);
		with_mover(mover, ROUNDS);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3 || sizeof(code) == 1)
		return 2;
	memory = mmap(NULL, PLACE * PLACES, PROT_READ | PROT_WRITE | PROT_EXEC,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 1;
	if (strcmp(argv[1], "dump") != 0)
		run_map(now() + (uint64_t)(atof(argv[2]) * 1e9),
			strcmp(argv[1], "late") == 0);
	else if (argc > 3)
		run_dump(argv[3], now() + (uint64_t)(atof(argv[2]) * 1e9));
	return 0;
}
