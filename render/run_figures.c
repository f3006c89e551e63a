#include "render/run_figures.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { TEXT_MAX = 80 };

static void __attribute__((format(printf, 2, 3)))
line_add(struct run_figures *f, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vec_push(&f->lines, mem_vformat(fmt, args));
	va_end(args);
}

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

static void add_idle(struct run_figures *f, const struct run_info *info)
{
	double cpus = (double)(info->busy + info->idle);
	double busy = percent((double)info->busy, cpus);
	double idle = percent((double)info->idle, cpus);

	if (info->idle_samples)
		line_add(f,
			 "CPUs %.1f %% busy, %.1f %% idle; %" PRIu64
			 " idle samples are left out "
			 "(--idle shows them)",
			 busy, idle, info->idle_samples);
	else
		line_add(f, "CPUs %.1f %% busy, %.1f %% idle", busy, idle);
	if ((double)info->stolen > cpus / 100)
		line_add(f, "the host used %.1f %% of the CPU time for something else",
			 percent((double)info->stolen, cpus + (double)info->stolen));
}

/* "2 CPUs", or "2 CPUs (1.6 online on average)" if some came or went. */
static const char *cpus_text(char to[TEXT_MAX], const struct run_info *info)
{
	int n = snprintf(to, TEXT_MAX, "%u CPUs", info->cpus);

	if (info->online && info->duration)
		snprintf(to + n, (size_t)(TEXT_MAX - n), " (%.2f online on average)",
			 (double)info->online / (double)info->duration);
	return to;
}

/* The rates and copies that were used, if flame lowered them. */
static void add_rates(struct run_figures *f, const struct run_info *info)
{
	if (info->frequency_lowest)
		line_add(f,
			 "the rate was lowered to keep own CPU time below --max-cost: "
			 "%" PRIu64 " Hz on average, %" PRIu64
			 " Hz at least; each sample counts for "
			 "those left out",
			 info->frequency_mean, info->frequency_lowest);
	if (info->copy_least)
		line_add(f,
			 "copies of stacks were shortened to keep own CPU time below "
			 "--max-cost: to %" PRIu64
			 " bytes at least; deeper stacks are truncated",
			 info->copy_least);
}

void run_figures_make(struct run_figures *f, const struct run_info *info,
		      uint64_t own_cpu)
{
	char cpus[TEXT_MAX];

	line_add(f,
		 "%.1f s on %s, %s at %" PRIu64 " Hz: %" PRIu64 " samples, %" PRIu64
		 " lost%s",
		 (double)info->duration / 1e9, cpus_text(cpus, info), info->event,
		 info->frequency, info->samples, info->lost,
		 info->throttled ? ", throttled by the kernel" : "");
	add_rates(f, info);
	add_idle(f, info);
	line_add(f,
		 "own CPU time: %.2f s; while recording %.2f s, %.2f %% of the machine",
		 (double)own_cpu / 1e9, (double)info->own_cpu / 1e9,
		 percent((double)info->own_cpu, (double)run_info_cpu_time(info)));
}

void run_figures_release(struct run_figures *f)
{
	char **line;

	vec_each(line, &f->lines)
		mem_release(line);
	vec_release(&f->lines);
}
