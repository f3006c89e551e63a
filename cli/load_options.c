#include "cli/load_options.h"

#include "flow/input_data.h"
#include "flow/input_format.h"

static bool set_by(void *group, const char *value)
{
	struct load_options *o = group;

	return selection_parse_by(&o->selection, value);
}

static bool set_cpus(void *group, const char *value)
{
	struct load_options *o = group;

	return selection_parse_cpus(&o->selection, value);
}

static bool set_time(void *group, const char *value)
{
	struct load_options *o = group;

	return selection_parse_time(&o->selection, value);
}

static bool set_format(void *group, const char *value)
{
	struct load_options *o = group;

	return input_format_choose(o, value);
}

const struct option_spec load_option_specs[] = {
	{"event", 0, "NAME",
	 "only samples of this event; 'all': of every event (default: the event with "
	 "most samples; in perf script text, the first event). The group may be left "
	 "out: sched_switch",
	 .alias = "event-filter", OPTION_TEXT(struct load_options, selection.event)},
	{"time", 0, "FROM,TO",
	 "only samples between FROM and TO, in seconds after the first sample",
	 .noun = "time span", .expected = "FROM,TO in seconds, FROM before TO",
	 OPTION_SETTER(set_time)},
	{"comm", 0, "NAME,...", "only samples of processes with these names",
	 OPTION_TEXT(struct load_options, selection.comms)},
	{"cpu", 0, "LIST", "only samples of these CPUs, such as 0-3,8",
	 .noun = "CPU list", .expected = "numbers and ascending ranges, such as 0-3,8",
	 OPTION_SETTER(set_cpus)},
	{"idle", 0, NULL, "keep the stacks of idle CPUs, which are left out by default",
	 OPTION_FLAG(struct load_options, idle)},
	{"by", 0, "PART,...",
	 "outermost frames of the stacks: comm (default), pid, tid, cpu, container",
	 .noun = "list of outermost frames",
	 .expected = "comm, pid, tid, cpu, container, each at most once",
	 OPTION_SETTER(set_by)},
	{"pid", 0, NULL, "add the PID to the name of the process",
	 OPTION_FLAG(struct load_options, selection.pid)},
	{"tid", 0, NULL, "add PID and TID to the name of the process",
	 OPTION_FLAG(struct load_options, selection.tid)},
	{"inline", 0, NULL, "show inlined functions as frames, from DWARF (default)",
	 OPTION_FLAG(struct load_options, inlines)},
	{"no-inline", 0, NULL, "don't show inlined functions as frames",
	 OPTION_FLAG_OFF(struct load_options, inlines)},
	{"context", 0, NULL,
	 "add file and line to names, from DWARF or from 'perf script -F +srcline'",
	 OPTION_FLAG(struct load_options, lines)},
	{"addrs", 0, NULL, "show the addresses of frames without a name",
	 OPTION_FLAG(struct load_options, addrs)},
	{"from", 0, "FORMAT",
	 "format of FILE, if it is guessed wrong: recording, perf-script, folded, "
	 "picture",
	 .noun = "format", .expected = "recording, perf-script, folded or picture",
	 OPTION_SETTER(set_format)},
	{"exact", 0, NULL,
	 "fold perf script text exactly as stackcollapse-perf.pl does: drop a last "
	 "sample without an end, keep half-demangled names of Rust",
	 OPTION_FLAG(struct load_options, exact)},
	{0},
};
