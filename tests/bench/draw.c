/* The cost of drawing a profile in memory:
 *
 *     draw FOLDED OUT.svg
 *
 * Prints the number of frames, the CPU time of svg_write() (the least of a few), by how
 * much memory grew meanwhile, and the size of the picture. */
#include "base/scoped.h"
#include "fold/folded.h"
#include "render/svg/svg.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 5 };

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The most memory that was used since forget_memory(), in kB. */
static long memory_kb(void)
{
	FILE *in = fopen("/proc/self/status", "r");
	char line[256];
	long kb = 0;

	while (in && fgets(line, sizeof(line), in))
		sscanf(line, "VmHWM: %ld", &kb);
	if (in)
		fclose(in);
	return kb;
}

static void forget_memory(void)
{
	FILE *out = fopen("/proc/self/clear_refs", "w");

	malloc_trim(0);
	if (out && fputs("5", out) >= 0)
		fclose(out);
}

static void load(struct profile *p, const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = NULL;
	size_t cap = 0;
	struct text_read_result result;
	ssize_t len = in ? getdelim(&text, &cap, '\0', in) : -1;

	if (len < 0) {
		fprintf(stderr, "draw: cannot read '%s'\n", path);
		exit(1);
	}
	profile_init(p);
	folded_read(p, text, (size_t)len, NULL, &result);
	free(text);
	fclose(in);
}

int main(int argc, char **argv)
{
	struct run_info run_info = {0};
	struct profile p;
	struct error err;
	double least = 0;
	long before, grown = 0;
	uint64_t size = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: draw FOLDED OUT.svg\n");
		return 2;
	}
	load(&p, argv[1]);
	forget_memory();
	before = memory_kb();
	for (int run = 0; run < RUNS; run++) {
		scoped(out_free) struct out *o = out_open(argv[2], 0, &err);
		double start = cpu_ms(), cost;

		if (!o || (svg_write(o, &p, &run_info, &(struct svg_options){0}),
			   out_commit(o, &err)) < 0) {
			fprintf(stderr, "draw: %s\n", err.text);
			return 1;
		}
		cost = cpu_ms() - start;
		least = !run || cost < least ? cost : least;
		if (!run)
			grown = memory_kb() - before;
		size = out_pos(o);
	}
	printf("%zu frames, %.1f ms CPU, %.0f bytes of memory a frame, %.1f kB\n",
	       p.nodes.n, least, (double)grown * 1024 / (double)p.nodes.n,
	       (double)size / 1e3);
	profile_release(&p);
	return 0;
}
