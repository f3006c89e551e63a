#include "flow/file_comparison.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "base/sum.h"
#include "diff/work_log.h"
#include "flow/input.h"
#include "flow/input_format.h"

#include <assert.h>
#include <string.h>

/* Slices of each recording's time. diff/ joins neighbouring slices if there are few
 * samples; a number with many divisors allows many widths. */
enum { SLICES = 60 };

void file_comparison_init(struct file_comparison *c)
{
	*c = (struct file_comparison){.load = load_options_default(),
				      .diff = {.fdr = 0.05}};
	c->load.slices = SLICES;
	c->load.text_slices = true;
	comparison_init(&c->result);
}

void file_comparison_release(struct file_comparison *c)
{
	comparison_release(&c->result);
	for (size_t i = 0; c->inputs && i < c->files.n; i++)
		input_data_release(&c->inputs[i]);
	mem_free(c->inputs);
	vec_release(&c->files);
	vec_release(&c->work_logs);
}

void file_comparison_add(struct file_comparison *c, int side, const char *path)
{
	assert(!c->inputs && side >= -1 && side < SIDES);
	vec_push(&c->files, ((struct compared_file){path, side}));
}

size_t file_comparison_count(const struct file_comparison *c, int side)
{
	const struct compared_file *file;
	size_t n = 0;

	vec_each(file, &c->files)
		n += file->side == side;
	return n;
}

const char **file_comparison_paths(const struct file_comparison *c, size_t *n)
{
	const char **paths = mem_new(c->files.n + c->work_logs.n, sizeof(*paths));
	const struct compared_file *file;
	const char *const *log;

	*n = 0;
	vec_each(file, &c->files)
		paths[(*n)++] = file->path;
	vec_each(log, &c->work_logs)
		paths[(*n)++] = *log;
	return paths;
}

/* "cycles" and "cycles:P" are the same event. */
static bool events_match(const struct run_info *a, const struct run_info *b)
{
	const char *x = a->event ? a->event : "", *y = b->event ? b->event : "";
	size_t n = strcspn(x, ":");

	return n == strcspn(y, ":") && memcmp(x, y, n) == 0;
}

/* Whether the samples stand for CPU time. */
static bool samples_are_time(const struct run_info *info)
{
	return info->weight_is_time || info->frequency > 0;
}

/* Properties that the files have in common. */
struct common_properties {
	const struct run_info *first; /* of the first recording; NULL: there is none */
	bool are_recordings;	      /* all files */
	bool are_alike;		      /* all recordings measure time, or none does */
	bool are_time;		      /* all recordings measure time */
};

static int properties_find(const struct file_comparison *c, struct common_properties *p,
			   struct error *err)
{
	*p = (struct common_properties){
		.are_recordings = true, .are_alike = true, .are_time = true};
	for (size_t i = 0; i < c->files.n; i++) {
		const struct run_info *info = &c->inputs[i].run_info;

		if (!c->inputs[i].format->is_recording) {
			p->are_recordings = false;
			continue;
		}
		p->first = p->first ? p->first : info;
		if (!events_match(p->first, info) && !c->force)
			return error_set(err,
					 "different events: '%s' and '%s' (--force "
					 "compares them)",
					 p->first->event, info->event);
		p->are_alike &= samples_are_time(info) == samples_are_time(p->first);
		p->are_time &= samples_are_time(info);
	}
	return 0;
}

/* Chooses a measure that all files have. */
static int measure_choose(struct file_comparison *c, struct error *err)
{
	struct diff_options *diff = &c->diff;
	struct common_properties p;

	if (properties_find(c, &p, err) < 0)
		return -1;
	if (diff->measure == MEASURE_WORK && !p.are_recordings)
		return error_set(err, "--work needs recordings: text input has no times");
	if (diff->measure == MEASURE_WORK && !p.are_alike)
		return error_set(err,
				 "--work needs recordings of the same kind of event");
	if (c->share || !p.are_recordings || !p.are_alike)
		diff->measure = MEASURE_SHARE;
	diff->objects = p.are_recordings;
	diff->is_time = p.are_recordings && p.are_time;
	return 0;
}

static double seconds_of(const struct file_comparison *c, const struct input_data *data)
{
	const struct timeline *t = &data->timeline;

	if (c->load.selection.has_time)
		return (double)t->width * (double)t->slices.n / 1e9;
	return (double)data->run_info.duration / 1e9;
}

static struct diff_run run_describe(const struct file_comparison *c, size_t i)
{
	const struct input_data *data = &c->inputs[i];
	const struct run_info *info = &data->run_info;
	struct diff_run run = {.side = (enum side)c->files.items[i].side,
			       .profile = &data->profile,
			       .timeline = &data->timeline,
			       .idle = c->load.idle ? 0 : info->idle_samples,
			       .lost = info->lost,
			       .lost_side_band = info->lost_side_band,
			       .cpus = info->cpus,
			       .unit = 1,
			       .seconds = seconds_of(c, data)};

	for (unsigned n = 0; n < data->decimals; n++) {
		run.counts = 10 * (run.counts > 0 ? run.counts : 1);
		run.unit = 1 / run.counts;
	}
	if (!data->format->is_recording)
		return run;
	/* Samples at a frequency stand for equal times, whatever they count. */
	run.weights = info->weight_is_time || !info->frequency;
	if (info->weight_is_time)
		run.unit = 1e-9;
	else if (info->frequency)
		run.unit = 1 / (double)info->frequency;
	return run;
}

/* Divides the work of a side among its runs, by their duration. */
static void work_divide(const struct file_comparison *c, struct diff_run *runs)
{
	double seconds[SIDES] = {0};

	for (size_t i = 0; i < c->files.n; i++)
		seconds[runs[i].side] += runs[i].seconds;
	for (size_t i = 0; i < c->files.n; i++)
		runs[i].work =
			c->work[runs[i].side] * runs[i].seconds / seconds[runs[i].side];
}

/* All files together make one profile. */
static int sums_check(const struct file_comparison *c, const struct diff_run *runs,
		      struct error *err)
{
	uint64_t count = 0, weight = 0, idle = 0, lost = 0;
	bool overflowed = false;

	for (size_t i = 0; i < c->files.n; i++) {
		sum_add(&count, runs[i].profile->count, &overflowed);
		sum_add(&weight, runs[i].profile->weight, &overflowed);
		sum_add(&idle, runs[i].idle, &overflowed);
		sum_add(&lost, runs[i].lost, &overflowed);
		sum_add(&lost, runs[i].lost_side_band, &overflowed);
		if (overflowed)
			return error_set(
				err,
				"'%s': its numbers and those of the files before "
				"it add up to 2^64 or more",
				c->files.items[i].path);
	}
	return 0;
}

/* Times in a work log that are greater are seconds since 1970, not since the start of
 * the recording. */
static const double EPOCH_TIMES = 1e8;

/* A work log must cover the recording except this part of it at either end. */
static const double UNCOVERED = 0.1;

static int work_measure(struct diff_run *run, double *slices, const struct work_log *log,
			const struct run_info *info, struct error *err)
{
	const struct work_count *first = log->items.items, *last = vec_last(&log->items);
	double start = first->time > EPOCH_TIMES ? (double)info->start / 1e9 : 0;
	double slack = UNCOVERED * run->seconds;
	size_t n = run->timeline->slices.n;

	if (first->time > start + slack || last->time < start + run->seconds - slack)
		return error_set(err,
				 "it covers %.15g to %.15g s, the recording %.15g to "
				 "%.15g s",
				 first->time, last->time, start, start + run->seconds);
	run->work = work_log_at(log, start + run->seconds) - work_log_at(log, start);
	if (!(run->work > 0))
		return error_set(err, "no work was done during the recording");
	for (size_t i = 0; i < n; i++) {
		double width = run->seconds / (double)n, time = start + width * (double)i;

		slices[i] = work_log_at(log, time + width) - work_log_at(log, time);
	}
	run->work_slices = slices;
	return 0;
}

static int work_log_apply(struct diff_run *run, double *slices, const char *path,
			  const struct run_info *info, struct error *err)
{
	scoped(work_log_release) struct work_log log = {0};
	scoped(input_release) struct input in;
	const char *text;
	size_t size;

	if (input_open(&in, path, err) < 0)
		return -1;
	text = input_text(&in, &size, err);
	if (!text)
		return -1;
	if (work_log_parse(&log, text, size, err) < 0 ||
	    work_measure(run, slices, &log, info, err) < 0)
		return error_while(err, "work log '%s'", path);
	return 0;
}

/* 'slices' has room for SLICES items of each file. */
static int work_find(const struct file_comparison *c, struct diff_run *runs,
		     double *slices, struct error *err)
{
	if (!c->work_logs.n)
		work_divide(c, runs);
	for (size_t i = 0; i < c->work_logs.n; i++)
		if (work_log_apply(&runs[i], slices + i * SLICES, c->work_logs.items[i],
				   &c->inputs[i].run_info, err) < 0)
			return -1;
	return 0;
}

static int runs_compare(struct file_comparison *c, struct error *err)
{
	scoped(mem_release) struct diff_run *runs = mem_new(c->files.n, sizeof(*runs));
	scoped(mem_release) double *slices =
		mem_new(c->files.n * SLICES, sizeof(*slices));

	for (size_t i = 0; i < c->files.n; i++) {
		runs[i] = run_describe(c, i);
		if (c->diff.measure != MEASURE_SHARE && !(runs[i].seconds > 0))
			return error_set(err,
					 "'%s' has no duration (--share compares shares)",
					 c->files.items[i].path);
	}
	if (sums_check(c, runs, err) < 0)
		return -1;
	if (c->diff.measure == MEASURE_WORK && work_find(c, runs, slices, err) < 0)
		return -1;
	diff_make(&c->result, runs, c->files.n, &c->diff);
	return 0;
}

static int files_load(struct file_comparison *c, struct error *err)
{
	c->inputs = mem_new(c->files.n, sizeof(*c->inputs));
	for (size_t i = 0; i < c->files.n; i++)
		input_data_init(&c->inputs[i]);
	for (size_t i = 0; i < c->files.n; i++)
		if (input_data_load(&c->inputs[i], c->files.items[i].path, &c->load,
				    err) < 0)
			return -1;
	return 0;
}

/* The index of the first file of a side. */
static size_t side_first(const struct file_comparison *c, enum side side)
{
	size_t i = 0;

	while (i < c->files.n && c->files.items[i].side != (int)side)
		i++;
	assert(i < c->files.n);
	return i;
}

int file_comparison_run(struct file_comparison *c, struct error *err)
{
	const struct compared_file *file;

	assert(!c->inputs);
	assert(!c->work_logs.n || c->work_logs.n == c->files.n);
	vec_each(file, &c->files)
		assert(file->side == BEFORE || file->side == AFTER);
	c->diff.exact = c->load.exact;
	if (files_load(c, err) < 0 || measure_choose(c, err) < 0)
		return -1;
	return runs_compare(c, err);
}

char *file_comparison_side_name(const struct file_comparison *c, enum side side)
{
	const char *path = c->files.items[side_first(c, side)].path;
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const struct compared_file *file;
	size_t n = 0;

	vec_each(file, &c->files)
		n += file->side == (int)side;
	return n > 1 ? mem_format("%s and %zu more", name, n - 1)
		     : mem_str(name, strlen(name));
}

const struct run_info *file_comparison_side_info(const struct file_comparison *c,
						 enum side side)
{
	return &c->inputs[side_first(c, side)].run_info;
}
