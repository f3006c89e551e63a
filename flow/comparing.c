#include "flow/comparing.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "flow/pipeline.h"

#include <string.h>

/* Of a run's time; neighbours are merged as the samples demand. Has many divisors. */
enum { SLICES = 60 };

void comparing_init(struct comparing *c)
{
	*c = (struct comparing){.load = load_options_default(), .diff = {.fdr = 0.05}};
	c->load.slices = SLICES;
	comparison_init(&c->result);
}

void comparing_release(struct comparing *c)
{
	comparison_release(&c->result);
	for (size_t i = 0; c->runs && i < c->files.n; i++)
		input_data_release(&c->runs[i]);
	mem_free(c->runs);
	vec_release(&c->files);
}

void comparing_add(struct comparing *c, int side, const char *path)
{
	vec_push(&c->files, ((struct compared_file){path, side}));
}

/* "cycles" is also what "cycles:P" is called. */
static bool is_same_event(const struct run_info *a, const struct run_info *b)
{
	const char *x = a->event ? a->event : "", *y = b->event ? b->event : "";
	size_t n = strcspn(x, ":");

	return n == strcspn(y, ":") && memcmp(x, y, n) == 0;
}

static bool is_timed(const struct input_data *run)
{
	return run->run_info.weight_is_time || run->run_info.frequency > 0;
}

/* What can be compared, for all of the runs. */
static int choose_measure(struct comparing *c, struct error *err)
{
	struct diff_options *diff = &c->diff;
	const struct input_data *first = NULL;
	bool has_text = false, is_alike = true;

	diff->is_time = true;
	for (size_t i = 0; i < c->files.n; i++) {
		const struct input_data *run = &c->runs[i];

		if (run->format != INPUT_RECORDING) {
			has_text = true;
			continue;
		}
		first = first ? first : run;
		if (!is_same_event(&first->run_info, &run->run_info) && !c->force)
			return error_set(err,
					 "%s and %s are not to be compared (--force)",
					 first->run_info.event, run->run_info.event);
		is_alike &= is_timed(run) == is_timed(first);
		diff->is_time &= is_timed(run);
	}
	diff->objects = !has_text;
	if (diff->measure == MEASURE_WORK && (has_text || !is_alike))
		return error_set(err, "what is not recorded has shares alone, none per "
				      "unit of work");
	if (c->share || has_text || !is_alike)
		diff->measure = MEASURE_SHARE;
	diff->is_time &= !has_text;
	return 0;
}

static double seconds_of(const struct comparing *c, const struct input_data *run)
{
	const struct timeline *t = &run->timeline;

	if (c->load.selection.has_time)
		return (double)t->width * (double)t->slices.n / 1e9;
	return (double)run->run_info.duration / 1e9;
}

static void describe_run(const struct comparing *c, size_t i, struct diff_run *run)
{
	const struct input_data *loaded = &c->runs[i];
	const struct run_info *run_info = &loaded->run_info;

	*run = (struct diff_run){.side = (enum side)c->files.items[i].side,
				 .profile = &loaded->profile,
				 .timeline = &loaded->timeline,
				 .idle = run_info->idle_samples,
				 .lost = run_info->lost,
				 .cpus = run_info->cpus,
				 .unit = 1,
				 .seconds = seconds_of(c, loaded)};
	if (c->load.idle)
		run->idle = 0;
	if (loaded->format != INPUT_RECORDING)
		return;
	/* Samples at a frequency stand for equal times, whatever they count. */
	run->weights = run_info->weight_is_time || !run_info->frequency;
	if (run_info->weight_is_time)
		run->unit = 1e-9;
	else if (run_info->frequency)
		run->unit = 1 / (double)run_info->frequency;
}

/* The work of a side belongs to its runs by their time. */
static void divide_work(const struct comparing *c, struct diff_run *runs)
{
	double seconds[SIDES] = {0};

	for (size_t i = 0; i < c->files.n; i++)
		seconds[runs[i].side] += runs[i].seconds;
	for (size_t i = 0; i < c->files.n; i++)
		runs[i].work =
			c->work[runs[i].side] * runs[i].seconds / seconds[runs[i].side];
}

static int compare(struct comparing *c, struct diff_run *runs, struct error *err)
{
	for (size_t i = 0; i < c->files.n; i++) {
		describe_run(c, i, &runs[i]);
		if (c->diff.measure != MEASURE_SHARE && !(runs[i].seconds > 0))
			return error_set(err,
					 "'%s' does not tell how long it took "
					 "(--share)",
					 c->files.items[i].path);
	}
	if (c->diff.measure == MEASURE_WORK)
		divide_work(c, runs);
	diff_make(&c->result, runs, c->files.n, &c->diff);
	return 0;
}

int comparing_make(struct comparing *c, struct error *err)
{
	scoped(mem_release) struct diff_run *runs = mem_new(c->files.n, sizeof(*runs));

	c->diff.exact = c->load.perf_script.exact;
	c->runs = mem_new(c->files.n, sizeof(*c->runs));
	for (size_t i = 0; i < c->files.n; i++)
		input_data_init(&c->runs[i]);
	for (size_t i = 0; i < c->files.n; i++)
		if (input_data_load(&c->runs[i], c->files.items[i].path, &c->load, err) <
		    0)
			return -1;
	if (choose_measure(c, err) < 0)
		return -1;
	return compare(c, runs, err);
}
