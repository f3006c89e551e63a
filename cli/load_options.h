/* The options that all commands have which load something: which samples count, where their
 * stacks begin, what the input is. */
#pragma once

#include "cli/command.h"
#include "flow/input_data.h"

#include <getopt.h>

/* Values that getopt_long() returns for them: above all characters. */
enum load_option {
	LOAD_ADDRS = 256,
	LOAD_BY,
	LOAD_COMM,
	LOAD_CONTEXT,
	LOAD_CPU,
	LOAD_EVENT,
	LOAD_EXACT,
	LOAD_FROM,
	LOAD_IDLE,
	LOAD_INLINE,
	LOAD_NO_INLINE,
	LOAD_PID,
	LOAD_TID,
	LOAD_TIME,
};

/* For the command's own table of long options. */
#define LOAD_OPTIONS                                                                     \
	{"addrs", no_argument, NULL, LOAD_ADDRS},                                        \
		{"by", required_argument, NULL, LOAD_BY},                                \
		{"comm", required_argument, NULL, LOAD_COMM},                            \
		{"context", no_argument, NULL, LOAD_CONTEXT},                            \
		{"inline", no_argument, NULL, LOAD_INLINE},                              \
		{"no-inline", no_argument, NULL, LOAD_NO_INLINE},                        \
		{"cpu", required_argument, NULL, LOAD_CPU},                              \
		{"event", required_argument, NULL, LOAD_EVENT},                          \
		{"event-filter", required_argument, NULL, LOAD_EVENT},                   \
		{"exact", no_argument, NULL, LOAD_EXACT},                                \
		{"from", required_argument, NULL, LOAD_FROM},                            \
		{"idle", no_argument, NULL, LOAD_IDLE},                                  \
		{"pid", no_argument, NULL, LOAD_PID},                                    \
		{"tid", no_argument, NULL, LOAD_TID},                                    \
	{                                                                                \
		"time", required_argument, NULL, LOAD_TIME                               \
	}

/* For its help. */
#define LOAD_OPTIONS_HELP                                                                \
	"      --idle          keep the stacks of idle CPUs, which are left out "        \
	"otherwise\n"                                                                    \
	"      --event NAME    samples of that event (default: the one with most "       \
	"samples;\n"                                                                     \
	"                      of perf script's text the first one), 'all': of any\n"    \
	"      --time FROM,TO  samples from FROM to TO, in seconds since the first "     \
	"one\n"                                                                          \
	"      --comm NAME,... samples of processes of these names\n"                    \
	"      --cpu LIST      samples of these CPUs: 0-3,8\n"                           \
	"      --by PART,...   what stands at the root of the stacks: comm (default), "  \
	"pid,\n"                                                                         \
	"                      tid, cpu, container\n"                                    \
	"      --pid, --tid    put the pid, or pid and tid, behind the process's name\n" \
	"      --no-inline     don't show inlined functions as frames of their own, "    \
	"which\n"                                                                        \
	"                      is done where DWARF tells of them (--inline)\n"           \
	"      --context       put file and line behind the names, from DWARF\n"         \
	"      --addrs         show the addresses of frames without a name\n"            \
	"      --from FORMAT   what FILE is, where its looks deceive: recording,\n"      \
	"                      perf-script, folded, picture\n"                           \
	"      --exact         fold perf script's text to the letter as "                \
	"stackcollapse-perf.pl:\n"                                                       \
	"                      drop a last sample without an end, leave half-demangled " \
	"Rust\n"

/* Takes one of them. EXIT_DONE, or EXIT_USAGE with the reason told. */
int load_option_take(struct load_options *o, int opt, const char *value,
		     const struct command *command);
