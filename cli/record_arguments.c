#include "cli/record_arguments.h"

#include "base/parse.h"
#include "base/scoped.h"
#include "cli/command_line.h"
#include "cli/message.h"
#include "record/data/zstd_stream.h"

#include <ctype.h>
#include <string.h>

enum { FREQUENCY = 99, STACK_SIZE_UNIT = 8, MAX_COST = 3 };

#define MAX_COST_LEAST 0.01 /* per cent; less cannot be measured, and 0 cannot be kept */

#define NAME_TIME ((uint64_t)30 * 1000000000)

/* Adds the numbers of -p or -t. */
static bool ids_add(__typeof__(OPTION_MEMBER(struct target, pids)) *ids, const char *list)
{
	uint32_t id;

	do {
		list = parse_id(list, &id);
		if (!list)
			return false;
		vec_push(ids, id);
	} while (*list++ == ',');
	return true;
}

static bool set_pids(void *group, const char *value)
{
	struct record_arguments *a = group;

	return ids_add(&a->target.pids, value);
}

static bool set_tids(void *group, const char *value)
{
	struct record_arguments *a = group;

	return ids_add(&a->target.tids, value);
}

static bool set_call_graph(void *group, const char *value)
{
	static const struct {
		const char *word;
		enum stacks stacks;
		bool unwinds;
	} modes[] = {
		{"auto", STACKS_COPIED, true},
		{"fp", STACKS_CHAIN, false},
		{"dwarf-raw", STACKS_RAW, false},
		{"none", STACKS_NONE, false},
	};
	struct record_arguments *a = group;

	for (size_t i = 0; i < array_size(modes); i++) {
		if (strcmp(value, modes[i].word) != 0)
			continue;
		a->session.sampler.stacks = modes[i].stacks;
		a->session.unwinds = modes[i].unwinds;
		return true;
	}
	return false;
}

/* As in perf, the level without a number is the fastest. */
static bool set_compression(void *group, const char *value)
{
	struct record_arguments *a = group;
	uint64_t level = 1;

	if (value &&
	    (!parse_u64(value, &level) || !level || level > (uint64_t)zstd_level_most()))
		return false;
	a->session.compression = (int)level;
	return true;
}

static const struct option_spec record_specs[] = {
	{"all-cpus", 'a', NULL, "the whole machine; with COMMAND, for as long as it runs",
	 OPTION_FLAG(struct record_arguments, target.whole_machine)},
	{"pid", 'p', "PID,...",
	 "these processes, with all their threads and the processes they start",
	 .noun = "PID list", .expected = "numbers separated by ','",
	 OPTION_SETTER(set_pids)},
	{"tid", 't', "TID,...",
	 "these threads, with the threads and processes they start", .noun = "TID list",
	 .expected = "numbers separated by ','", OPTION_SETTER(set_tids)},
	{"freq", 'F', "HZ", "samples per second on each CPU (default 99)",
	 .noun = "sampling rate",
	 OPTION_NUMBER(struct record_arguments, session.sampler.frequency, 1, 0)},
	{"call-graph", 'g', "MODE",
	 "source of the callchains: auto (default): unwind a copy of the stack at "
	 "once, with the unwind tables of the programs; fp: frame pointers only; "
	 "dwarf-raw: store the copies, for perf; none",
	 .noun = "call graph mode", .expected = "auto, fp, dwarf-raw or none",
	 OPTION_SETTER(set_call_graph)},
	{"stack-size", 0, "N",
	 "bytes of that copy, a multiple of 8 (default 65528, the maximum; less at "
	 "high rates, and 16384 for dwarf-raw)",
	 .noun = "stack size", .expected = "a multiple of 8 up to 65528",
	 .multiple = STACK_SIZE_UNIT,
	 OPTION_NUMBER(struct record_arguments, session.sampler.stack_size,
		       STACK_SIZE_UNIT, STACK_SIZE_MOST)},
	{"max-cost", 0, "P",
	 "own CPU time, in per cent of all CPUs, above which flame takes fewer samples, "
	 "and then reads less of each stack (default 3; 100: no limit)",
	 .noun = "limit of own CPU time", .expected = "per cent from 0.01 to 100",
	 OPTION_DECIMAL(struct record_arguments, session.max_cost, MAX_COST_LEAST, 100)},
	{"output", 'o', "FILE",
	 "the recording (default flame.data); the picture goes next to it; an older "
	 "FILE is kept as FILE.old",
	 OPTION_TEXT(struct record_arguments, session.output)},
	{"max-size", 0, "SIZE",
	 "end the recording before FILE gets larger: bytes, or with K, M or G",
	 .noun = "size", .expected = "a number of bytes, such as 500K, 20M or 1G",
	 OPTION_SIZE(struct record_arguments, session.max_size, 1)},
	{"compression-level", 'z', "N",
	 "compress with zstd, level 1 (default) to 22: about a tenth of the size; "
	 "levels above 9 may lose samples at high rates; reading the file takes as "
	 "much memory as it has bytes uncompressed",
	 .is_optional = true, .noun = "compression level", .expected = "1 to 22",
	 OPTION_SETTER(set_compression)},
	{"name-time", 0, "SECONDS",
	 "time for looking up names when the recording has ended (default 30; 0: no "
	 "limit); 'flame symbolize' adds names that are missing then",
	 .noun = "time", .expected = "seconds, such as 30 or 2m",
	 OPTION_DURATION(struct record_arguments, session.name_time)},
	{"no-command-line", 0, NULL,
	 "store neither this command line nor the arguments of COMMAND",
	 OPTION_FLAG(struct record_arguments, no_command_line)},
	{"no-svg", 0, NULL, "draw nothing", OPTION_FLAG(struct record_arguments, no_svg)},
	{0},
};

_Static_assert(STACK_SIZE_MOST == 65528, "--stack-size states the maximum");

const struct option_group record_groups[] = {
	{"options", record_specs, 0},
	{"picture", picture_option_specs,
	 offsetof(struct record_arguments, output_options)},
	{0},
};

void record_arguments_init(struct record_arguments *a)
{
	*a = (struct record_arguments){
		.session = {
			.sampler = {.frequency = FREQUENCY, .stacks = STACKS_COPIED},
			.unwinds = true,
			.max_cost = MAX_COST,
			.output = "flame.data",
			.name_time = NAME_TIME,
		}};
}

static int target_check(const struct target *t)
{
	if (t->pids.n && t->tids.n)
		return usage(&command_record, "-p cannot be combined with -t");
	if ((t->pids.n || t->tids.n) && (t->whole_machine || t->command))
		return usage(&command_record,
			     "%s cannot be combined with -a or a command",
			     t->pids.n ? "-p" : "-t");
	if (!t->pids.n && !t->tids.n && !t->whole_machine && !t->command)
		return usage(&command_record,
			     "nothing to record: give -a (the whole machine), -p PID, or "
			     "a command");
	return COMMAND_LINE_VALID;
}

/* An operand that begins with a digit is SECONDS. Any other begins the command, as
 * does the first operand after "--". */
int record_arguments_read(struct record_arguments *a, int argc, char **argv)
{
	struct option_reader reader;
	const char *operand;
	struct error err;
	int result, status;

	option_reader_init(&reader, record_groups, a, argc, argv);
	while ((result = option_reader_next(&reader, &operand, &err)) > 0) {
		if (reader.is_past_end_mark || !isdigit((unsigned char)*operand)) {
			a->target.command = argv + reader.next - 1;
			break;
		}
		if (a->session.duration)
			return usage(&command_record,
				     "SECONDS is given twice: '%s' is the second one",
				     operand);
		if (!parse_duration(operand, &a->session.duration) ||
		    !a->session.duration)
			return usage(&command_record, "invalid number of seconds '%s'",
				     operand);
	}
	status = command_line_end(&command_record, &reader, result, &err);
	return status == COMMAND_LINE_VALID ? target_check(&a->target) : status;
}
