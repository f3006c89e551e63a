#include "cli/summary.h"

#include "base/scoped.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "record/machine.h"
#include "render/table.h"

#include <stdio.h>
#include <sys/stat.h>

enum { ROWS = 10 };

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

static void say_figures(const struct run_info *c)
{
	double cpus = (double)(c->busy + c->idle);

	say("%.1f s on %u CPUs, %s at %llu Hz: %llu samples, %llu lost%s",
	    (double)c->duration / 1e9, c->cpus, c->event,
	    (unsigned long long)c->frequency, (unsigned long long)c->samples,
	    (unsigned long long)c->lost, c->throttled ? ", throttled by the kernel" : "");
	if (c->idle_samples)
		say("CPUs %.1f %% busy, %.1f %% idle; %llu idle samples are left out "
		    "(--idle "
		    "shows them)",
		    percent((double)c->busy, cpus), percent((double)c->idle, cpus),
		    (unsigned long long)c->idle_samples);
	else
		say("CPUs %.1f %% busy, %.1f %% idle", percent((double)c->busy, cpus),
		    percent((double)c->idle, cpus));
	say("own CPU time: %.2f s; while recording %.2f s, %.2f %% of the machine",
	    (double)cpu_account_now().own / 1e9, (double)c->own_cpu / 1e9,
	    percent((double)c->own_cpu, (double)c->duration * c->cpus));
}

static void say_file(const struct summary *summary)
{
	struct stat st;

	if (stat(summary->recording, &st) == 0)
		say("%s: %.1f MB", summary->recording, (double)st.st_size / 1e6);
}

int summary_write(const struct input_data *run, const struct summary *summary,
		  struct error *err)
{
	const struct table_options options = {
		.limit = ROWS, .both = true, .width = terminal_width()};
	scoped(out_free) struct out *out = out_open("-", 0, err);

	say_figures(&run->run_info);
	say_file(summary);
	table_write(out, &run->profile, &run->run_info, &options);
	if (summary->svg)
		out_printf(out, "\nopen %s in a browser\n", summary->svg);
	return out_commit(out, err);
}
