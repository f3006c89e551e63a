#include "cli/summary.h"

#include "base/scoped.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "record/machine.h"
#include "render/table.h"

#include <inttypes.h>
#include <stdio.h>

enum { ROWS = 10, TEXT_MAX = 80 };

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

static void say_idle(const struct run_info *info)
{
	double cpus = (double)(info->busy + info->idle);
	double busy = percent((double)info->busy, cpus);
	double idle = percent((double)info->idle, cpus);

	if (info->idle_samples)
		say("CPUs %.1f %% busy, %.1f %% idle; %" PRIu64
		    " idle samples are left out "
		    "(--idle shows them)",
		    busy, idle, info->idle_samples);
	else
		say("CPUs %.1f %% busy, %.1f %% idle", busy, idle);
	if ((double)info->stolen > cpus / 100)
		say("the host used %.1f %% of the CPU time for something else",
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

/* The rates that were used, if flame lowered the rate. */
static void say_rates(const struct run_info *info)
{
	if (info->frequency_lowest)
		say("the rate was lowered to keep own CPU time below --max-cost: %" PRIu64
		    " Hz on average, %" PRIu64 " Hz at least; each sample counts for "
		    "those left out",
		    info->frequency_mean, info->frequency_lowest);
}

static void say_figures(const struct run_info *info, uint64_t own_cpu)
{
	char cpus[TEXT_MAX];

	say("%.1f s on %s, %s at %" PRIu64 " Hz: %" PRIu64 " samples, %" PRIu64 " lost%s",
	    (double)info->duration / 1e9, cpus_text(cpus, info), info->event,
	    info->frequency, info->samples, info->lost,
	    info->throttled ? ", throttled by the kernel" : "");
	say_rates(info);
	say_idle(info);
	say("own CPU time: %.2f s; while recording %.2f s, %.2f %% of the machine",
	    (double)(own_cpu + cpu_account_now().own) / 1e9, (double)info->own_cpu / 1e9,
	    percent((double)info->own_cpu, (double)run_info_cpu_time(info)));
}

int summary_write(const struct summary *s, const struct input_data *data,
		  struct error *err)
{
	const struct table_options options = {
		.limit = ROWS, .both = true, .width = terminal_width()};
	scoped(out_free) struct out *out = out_open("-", 0, err);

	say_figures(&data->run_info, s->own_cpu);
	if (s->size)
		say("%s: %.1f MB", s->recording, (double)s->size / 1e6);
	table_write(out, &data->profile, &data->run_info, &options);
	if (s->svg)
		out_printf(out, "\nopen %s in a browser\n", s->svg);
	return out_commit(out, err);
}
