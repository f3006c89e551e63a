/* Writes a picture of folded text (see stacks.h), for the tests in a browser:
 * write_svg IN OUT [conditions [times]]. "conditions" adds made-up ones and CPU time,
 * "times" a timeline: the samples of the n-th node are spread over the slices n, n +
 * 7, n + 14, ... */
#include "base/scoped.h"
#include "model/timeline.h"
#include "render/svg/svg.h"
#include "tests/render/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SLICES = 50 };

static void make_times(struct timeline *t, const struct profile *p)
{
	t->width = 600 * 1000000;
	for (uint64_t i = 0; i < SLICES; i++)
		vec_push(&t->slices, ((struct timeline_slice){.idle = i % 5}));
	for (size_t i = 0; i < p->nodes.n; i++)
		for (uint64_t k = 0; k < p->nodes.items[i].count && k < SLICES; k++) {
			uint64_t rest = p->nodes.items[i].count - k;

			vec_push(&t->counts,
				 ((struct timeline_count){
					 .node = (node_id)i,
					 .slice = (uint32_t)((i + 7 * k) % SLICES),
					 .count = (rest + SLICES - 1) / SLICES}));
		}
	timeline_sort(t);
}

int main(int argc, char **argv)
{
	struct svg_options options = {0};
	struct run_info run_info = {0};
	struct timeline timeline = {0};
	struct profile p;
	struct error err;
	struct timespec before, after;
	char *line = NULL;
	size_t cap = 0;
	FILE *in = argc > 2 ? fopen(argv[1], "r") : NULL;
	scoped(out_free) struct out *o = argc > 2 ? out_open(argv[2], 0, &err) : NULL;
	uint64_t samples = 0;

	if (!in || !o) {
		fprintf(stderr, "usage: write_svg IN OUT [conditions]\n");
		return 2;
	}
	profile_init(&p);
	while (getline(&line, &cap, in) > 0)
		stacks_add(&p, line, argc > 3 ? 10101010 : 0);
	for (size_t i = 0; i < p.nodes.n; i++)
		samples += p.nodes.items[i].count;
	if (argc > 3)
		run_info = stacks_conditions(samples);
	if (argc > 4) {
		make_times(&timeline, &p);
		options.timeline = &timeline;
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	svg_write(o, &p, &run_info, &options);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	printf("%zu frames, %.1f ms\n", p.nodes.n,
	       (double)(after.tv_sec - before.tv_sec) * 1e3 +
		       (double)(after.tv_nsec - before.tv_nsec) / 1e6);
	free(line);
	fclose(in);
	timeline_release(&timeline);
	profile_release(&p);
	if (out_commit(o, &err) < 0) {
		fprintf(stderr, "write_svg: %s\n", err.text);
		return 1;
	}
	return 0;
}
