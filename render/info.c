#include "render/info.h"

#include "base/scoped.h"
#include "render/columns.h"
#include "render/number.h"
#include "render/text.h"

#include <inttypes.h>

void info_release(struct info *info)
{
	vec_release(&info->events);
	vec_release(&info->unnamed);
	vec_release(&info->files);
	vec_release(&info->notes);
}

/* A line "label   text", if there is a text. */
static void write_line(struct out *o, const char *label, const char *text)
{
	scoped(arena_release) struct arena texts = {0};

	if (text && *text)
		out_printf(o, "%-12s%s\n", label, column_text(&texts, o, text));
}

/* A line "label   1,234 unit", if the number is not 0. */
static void write_count(struct out *o, const char *label, uint64_t n, const char *unit)
{
	char text[NUMBER_MAX];

	if (n)
		out_printf(o, "%-12s%s%s%s\n", label, number_grouped(text, n),
			   *unit ? " " : "", unit);
}

static void write_machine(struct out *o, const struct info *info)
{
	const struct run_info *run = info->run;
	char text[NUMBER_MAX];

	write_line(o, "recorder", run->recorder);
	write_line(o, "command", run->command);
	write_line(o, "host", run->hostname);
	write_line(o, "kernel", run->os_release);
	write_line(o, "machine", run->arch);
	write_line(o, "CPU", run->cpu_model);
	write_count(o, "CPUs", run->cpus, "");
	if (run->start)
		write_line(o, "began", number_date(text, run->start));
	if (run->duration)
		write_line(o, "duration", number_duration(text, run->duration));
	if (info->first)
		out_printf(o, "%-12s%.6f to %.6f s on the clock of the samples\n",
			   "samples at", (double)info->first / 1e9,
			   (double)info->last / 1e9);
	write_count(o, "frequency", run->frequency, "Hz");
}

static void write_quality(struct out *o, const struct info *info)
{
	const struct run_info *run = info->run;

	write_count(o, "idle", run->idle_samples, "samples of idle CPUs");
	write_count(o, "lost", run->lost, "samples");
	write_count(o, "lost", run->lost_side_band, "records of processes and mappings");
	write_count(o, "lost", run->lost_aux, "times trace data");
	write_count(o, "throttled", run->throttled,
		    run->throttled == 1 ? "time" : "times");
	write_count(o, "trace data", run->aux_bytes,
		    "bytes, which flame does not decode");
	write_count(o, "code", run->text_pokes, "changes of kernel code");
	write_count(o, "truncated", run->truncated_samples, "samples");
	write_count(o, "broken", run->broken_samples, "samples");
	write_count(o, "unnamed", run->unknown_samples,
		    "samples with an innermost frame without a name");
}

static void write_events(struct out *o, const struct info *info)
{
	scoped(arena_release) struct arena texts = {0};
	const struct info_event *event;
	char n[NUMBER_MAX];

	vec_each(event, &info->events)
		out_printf(o, "%-12s%s: %s %s\n", "event",
			   column_text(&texts, o, event->name),
			   number_grouped(n, event->samples),
			   run_info_unit(info->run, event->samples));
	if (!info->events.n)
		write_count(o, "counts", info->samples,
			    run_info_unit(info->run, info->samples));
	write_count(o, "stacks", info->stacks, "different");
}

static void write_unnamed(struct out *o, const struct info *info)
{
	scoped(arena_release) struct arena texts = {0};
	const struct info_unnamed *unnamed;
	char n[NUMBER_MAX];

	if (info->unnamed.n)
		out_str(o, "\ninnermost frames without a name:\n");
	vec_each(unnamed, &info->unnamed)
		out_printf(o, "%12s  %s\n", number_grouped(n, unnamed->samples),
			   column_text(&texts, o, unnamed->name));
}

static void write_files(struct out *o, const struct info *info)
{
	scoped(arena_release) struct arena texts = {0};
	const struct info_file *file;

	if (info->files.n)
		out_str(o, "\nfiles with code of the samples:\n");
	vec_each(file, &info->files) {
		char id[BUILD_ID_HEX];

		out_printf(o, "%-12s%-42s%s\n", file->state ? file->state : "-",
			   file->build_id.size ? build_id_hex(&file->build_id, id) : "-",
			   column_text(&texts, o, file->path));
	}
}

void info_write_text(struct out *o, const struct info *info)
{
	char n[NUMBER_MAX];

	write_line(o, "file", info->path);
	write_line(o, "format", info->format);
	if (info->size)
		out_printf(o, "%-12s%s bytes\n", "size", number_grouped(n, info->size));
	write_line(o, "damage", info->damage);
	write_machine(o, info);
	write_events(o, info);
	write_quality(o, info);
	write_unnamed(o, info);
	write_files(o, info);
}
