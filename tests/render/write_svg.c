/* Writes a picture of folded text, for the tests in a browser: write_svg IN OUT [conditions].
 * A frame may end in "_[k]", "_[m]", "_[l]", "_[j]" (kernel, module, library, JIT code) or
 * "_[i]" (inlined); what is behind a tab in it is its object; the first of a line is the
 * process. "conditions" adds made-up ones and CPU time. Any byte but newline, tab and
 * semicolon may stand in a name. */
#include "base/scoped.h"
#include "render/svg.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NS_PER_SAMPLE = 10101010 };

static const struct {
	const char *suffix;
	enum frame_kind kind;
} suffixes[] = {
	{"_[k]", FRAME_KERNEL}, {"_[m]", FRAME_MODULE}, {"_[l]", FRAME_LIBRARY},
	{"_[j]", FRAME_JIT},	{"_[i]", FRAME_USER},
};

static frame_id frame_of(struct profile *p, char *text, bool is_root)
{
	struct frame f = {.kind = is_root ? FRAME_ROOT : FRAME_USER};
	char *tab = strchr(text, '\t');
	size_t len = tab ? (size_t)(tab - text) : strlen(text);

	if (!is_root && *text == '[')
		f.kind = FRAME_UNKNOWN;
	for (size_t i = 0; !is_root && i < array_size(suffixes); i++) {
		if (len <= 4 || memcmp(text + len - 4, suffixes[i].suffix, 4) != 0)
			continue;
		f.kind = suffixes[i].kind;
		f.is_inlined = suffixes[i].suffix[2] == 'i';
		len -= 4;
		break;
	}
	f.name = strtab_add_len(&p->strings, text, len);
	f.object = tab ? strtab_add(&p->strings, tab + 1) : 0;
	return frame_add(&p->frames, &f);
}

static void add_line(struct profile *p, char *line, bool weights)
{
	char *space = strrchr(line, ' ');
	node_id node = PROFILE_ROOT;
	uint64_t count;

	if (!space)
		return;
	*space = '\0';
	count = strtoull(space + 1, NULL, 10);
	for (char *next = line; next;) {
		char *text = strsep(&next, ";");

		node = profile_child(p, node, frame_of(p, text, node == PROFILE_ROOT));
	}
	profile_add(p, node, count, weights ? count * NS_PER_SAMPLE : 0);
}

static struct conditions made_up(uint64_t samples)
{
	return (struct conditions){
		.hostname = "web1.example.org",
		.os_release = "6.1.0-50-amd64",
		.arch = "x86_64",
		.command = "flame record -a -F 99 30",
		.event = "cpu-clock",
		.frequency = 99,
		.cpus = 8,
		.start = 1795230865 * UINT64_C(1000000000),
		.duration = 30012 * UINT64_C(1000000),
		.busy = 180 * UINT64_C(1000000000),
		.idle = 60 * UINT64_C(1000000000),
		.samples = samples + samples / 3,
		.idle_samples = samples / 3,
		.lost = 12,
		.unknown_samples = samples / 12,
		.weight_is_time = true,
	};
}

int main(int argc, char **argv)
{
	struct svg_options options = {0};
	struct conditions conditions = {0};
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
		add_line(&p, line, argc > 3);
	for (size_t i = 0; i < p.nodes.n; i++)
		samples += p.nodes.items[i].count;
	if (argc > 3)
		conditions = made_up(samples);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	svg_write(o, &p, &conditions, &options);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	printf("%zu frames, %.1f ms\n", p.nodes.n,
	       (double)(after.tv_sec - before.tv_sec) * 1e3 +
		       (double)(after.tv_nsec - before.tv_nsec) / 1e6);
	free(line);
	fclose(in);
	profile_release(&p);
	if (out_commit(o, &err) < 0) {
		fprintf(stderr, "write_svg: %s\n", err.text);
		return 1;
	}
	return 0;
}
