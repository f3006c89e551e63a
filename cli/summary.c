#include "cli/summary.h"

#include "base/scoped.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "record/machine.h"
#include "render/table.h"

#include <inttypes.h>
#include <sys/stat.h>

enum { ROWS = 10 };

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
}

static void say_figures(const struct run_info *info)
{
	say("%.1f s on %u CPUs, %s at %" PRIu64 " Hz: %" PRIu64 " samples, %" PRIu64
	    " lost%s",
	    (double)info->duration / 1e9, info->cpus, info->event, info->frequency,
	    info->samples, info->lost,
	    info->throttled ? ", throttled by the kernel" : "");
	say_idle(info);
	say("own CPU time: %.2f s; while recording %.2f s, %.2f %% of the machine",
	    (double)cpu_account_now().own / 1e9, (double)info->own_cpu / 1e9,
	    percent((double)info->own_cpu, (double)info->duration * info->cpus));
}

static void say_file(const struct summary *summary)
{
	struct stat st;

	if (stat(summary->recording, &st) == 0)
		say("%s: %.1f MB", summary->recording, (double)st.st_size / 1e6);
}

int summary_write(const struct input_data *data, const struct summary *summary,
		  struct error *err)
{
	const struct table_options options = {
		.limit = ROWS, .both = true, .width = terminal_width()};
	scoped(out_free) struct out *out = out_open("-", 0, err);

	say_figures(&data->run_info);
	say_file(summary);
	table_write(out, &data->profile, &data->run_info, &options);
	if (summary->svg)
		out_printf(out, "\nopen %s in a browser\n", summary->svg);
	return out_commit(out, err);
}
