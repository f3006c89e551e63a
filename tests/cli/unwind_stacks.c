/* Unwinds the user stacks of a recording that has registers and stack copies.
 *
 * * unwind_stacks [-a] [-c BYTES] [-n TIMES] FILE
 *
 * * Prints a line for each sample: pid, time in ns, the end of the stack (root,
 * truncated, broken), and the stack's functions, innermost first, separated by ";".
 *
 * * -a prints file offsets instead of functions, as perf script does: offsets of
 * callers are one byte back. "truncated:BYTES" is then the number of bytes by which
 * the copy is too short for one more frame. -c leaves out the last BYTES of each copy.
 * -n prints the cost of tables and frames instead; each stack is unwound TIMES more. */
#include "base/scoped.h"
#include "model/process.h"
#include "record/data/cursor.h"
#include "symbolize/symbolizer.h"
#include "unwind/unwind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES_MAX = 4096, MISSING_MAX = 1 << 20 };

struct job {
	struct recording *recording;
	struct strtab strings;
	struct dso_table dsos;
	struct process_table procs;
	struct frame_table frames;
	struct unwind_tables *tables;
	struct unwinder *unwinder;
	struct symbolizer *symbolizer;
	bool as_offsets;
	/* Bytes that are left out of each copy. */
	size_t cut;
	/* Repetitions to measure, 0: print the stacks. */
	int times;
	double ns;
	uint64_t n_frames, n_samples;
};

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void read_side_band(struct job *j)
{
	scoped(cursor_free) struct cursor *cursor =
		cursor_new(j->recording, &(struct filter){.records = FILTER_SIDE_BAND});
	struct event ev;
	struct error err;

	while (cursor_next(cursor, &ev, &err) > 0)
		process_apply(&j->procs, &ev);
}

/* Number of zero bytes after the copy with which the stack ends in another way: the
 * unwinder then reads its next value from them, and a return address of 0 is an end. 0
 * if there is no such number. */
static size_t bytes_missing(struct job *j, struct unwind_sample sample)
{
	scoped(mem_release) uint8_t *longer = mem_new(sample.stack_size + MISSING_MAX, 1);
	size_t size = sample.stack_size, low = 0, high = MISSING_MAX;
	uint64_t addrs[FRAMES_MAX];

	if (size)
		memcpy(longer, sample.stack, size);
	sample.stack = longer;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2, n = FRAMES_MAX;

		sample.stack_size = size + middle;
		if (unwind(j->unwinder, &sample, addrs, &n) == UNWIND_TRUNCATED)
			low = middle;
		else
			high = middle;
	}
	return high < MISSING_MAX ? high : 0;
}

static void stack_print(struct job *j, const struct event *ev, enum unwind_end end,
			const struct unwind_sample *sample, const uint64_t *addrs,
			size_t n)
{
	static const char *const ends[] = {"root", "truncated", "broken"};

	printf("%u %" PRIu64 " %s", ev->pid, ev->time, ends[end]);
	if (j->as_offsets && end == UNWIND_TRUNCATED)
		printf(":%zu", bytes_missing(j, *sample));
	printf(" ");
	for (size_t i = 0; i < n; i++) {
		uint64_t addr = addrs[i] - (i > 0);
		const struct mapping *m =
			space_find(&j->procs.spaces, sample->space, addr, ev->time);
		struct frame_list found = {0};

		if (j->as_offsets) {
			printf("%s%" PRIx64, i ? ";" : "",
			       m ? addr - m->start + m->file_off : addr);
			continue;
		}
		symbolizer_look_up(j->symbolizer, m, addrs[i], i > 0, SPACE_USER, &found);
		printf("%s%s", i ? ";" : "",
		       frame_name(&j->frames, *vec_last(&found.items)));
		vec_release(&found.items);
	}
	printf("\n");
}

static void sample_unwind(struct job *j, const struct event *ev, uint64_t mask)
{
	const struct sample *s = &ev->sample;
	struct unwind_sample sample = {
		.arch = UNWIND_X86_64,
		.stack = s->stack,
		.stack_size =
			s->stack_size - (s->stack_size < j->cut ? s->stack_size : j->cut),
		.space = process_space(&j->procs, ev->pid, ev->time),
		.time = ev->time,
	};
	struct bytes words = bytes_of(s->regs, 8 * (size_t)__builtin_popcountll(mask));
	uint64_t addrs[FRAMES_MAX];
	enum unwind_end end;
	double start;
	size_t n;

	unwind_regs_from_perf(&sample.regs, sample.arch, mask, &words);
	do {
		n = FRAMES_MAX;
		end = unwind(j->unwinder, &sample, addrs, &n);
	} while (end == UNWIND_WAITS && unwind_tables_make_next(j->tables));
	j->n_samples++;
	j->n_frames += n;
	if (!j->times)
		stack_print(j, ev, end, &sample, addrs, n);
	start = cpu_ns();
	for (int i = 0; i < j->times; i++) {
		n = FRAMES_MAX;
		unwind(j->unwinder, &sample, addrs, &n);
	}
	j->ns += cpu_ns() - start;
}

static void samples_unwind(struct job *j)
{
	scoped(cursor_free) struct cursor *cursor =
		cursor_new(j->recording, &(struct filter){.records = FILTER_SAMPLES});
	const struct decode_event *events;
	struct event ev;
	struct error err;
	size_t n;

	events = recording_events(j->recording, &n);
	while (cursor_next(cursor, &ev, &err) > 0)
		if (ev.kind == EVENT_SAMPLE && ev.sample.regs && !ev.sample.is_32_bit)
			sample_unwind(j, &ev, events[ev.event].regs_user);
}

static void costs_print(struct job *j)
{
	struct unwind_tables_stats stats = unwind_tables_stats(j->tables);
	double frames = (double)j->n_frames, samples = (double)j->n_samples;

	printf("%.0f samples of %.1f frames\n", samples, frames / samples);
	printf("%zu tables, %zu rows, %.2f bytes a row, made in %.1f ms CPU\n",
	       stats.tables, stats.rows, (double)stats.bytes / (double)stats.rows,
	       (double)stats.ns / 1e6);
	printf("%.1f ns CPU a frame, %.2f us a sample\n", j->ns / j->times / frames,
	       j->ns / j->times / samples / 1e3);
}

static void run(struct job *j)
{
	struct unwind_tables_options options = {0};
	struct symbolizer_options names = {.use_system = true, .completes = true};
	struct run_info c = {0};
	struct error err;

	strtab_init(&j->strings);
	dso_table_init(&j->dsos, &j->strings);
	process_table_init(&j->procs, &j->strings, &j->dsos);
	frame_table_init(&j->frames, &j->strings);
	recording_read_info(j->recording, &c, &j->dsos, &err);
	read_side_band(j);
	j->tables = unwind_tables_new(&options, &j->dsos);
	j->unwinder = unwinder_new(&j->procs.spaces, &j->dsos, j->tables);
	j->symbolizer = symbolizer_new(&names, &j->dsos, &j->frames);
	samples_unwind(j);
	if (j->times)
		costs_print(j);
	unwinder_free(&j->unwinder);
	unwind_tables_free(&j->tables);
	symbolizer_free(&j->symbolizer);
	frame_table_release(&j->frames);
	process_table_release(&j->procs);
	dso_table_release(&j->dsos);
	strtab_release(&j->strings);
	run_info_release(&c);
}

int main(int argc, char **argv)
{
	struct job j = {0};
	struct error err;
	int option;

	while ((option = getopt(argc, argv, "ac:n:")) > 0) {
		if (option == 'n')
			j.times = atoi(optarg);
		if (option == 'c')
			j.cut = strtoul(optarg, NULL, 10);
		j.as_offsets |= option == 'a';
	}
	j.recording = optind < argc ? recording_open(argv[optind], &err) : NULL;
	if (!j.recording)
		return 1;
	run(&j);
	recording_close(&j.recording);
	return 0;
}
