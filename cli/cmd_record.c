#include "base/mem.h"
#include "base/parse.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "cli/picture_options.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "flow/session.h"
#include "record/data/zstd_stream.h"
#include "record/target.h"

#include <ctype.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct options {
	struct target target;
	struct session_options session;
	struct picture_options picture;
	bool no_svg;
};

static bool parse_pids(const char *text, struct target *target)
{
	do {
		size_t len = strcspn(text, ",");
		char number[16];
		uint64_t pid;

		if (len >= sizeof(number))
			return false;
		memcpy(number, text, len);
		number[len] = '\0';
		if (!parse_u64(number, &pid) || !pid || pid > INT32_MAX)
			return false;
		vec_push(&target->pids, (uint32_t)pid);
		text += len;
	} while (*text++ == ',');
	return true;
}

static int check(struct options *o)
{
	const struct target *t = &o->target;

	if (t->pids.n && (t->whole_machine || t->command))
		return usage(&command_record, "-p goes with neither -a nor a command");
	if (!t->pids.n && !t->whole_machine && !t->command)
		return usage(&command_record,
			     "nothing to record: -a, -p PID or -- CMD is wanted");
	return EXIT_DONE;
}

static int parse_call_graph(const char *word, struct options *o)
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

	for (size_t i = 0; i < array_size(modes); i++) {
		if (strcmp(word, modes[i].word) != 0)
			continue;
		o->session.sampler.stacks = modes[i].stacks;
		o->session.unwinds = modes[i].unwinds;
		return EXIT_DONE;
	}
	return usage(&command_record, "'%s' is none of auto, fp, dwarf-raw, none", word);
}

static int parse_stack_size(const char *text, struct options *o)
{
	uint64_t size;

	if (!parse_u64(text, &size) || !size || size > STACK_SIZE_MOST || size % 8)
		return usage(&command_record,
			     "'%s' is no size of a stack's copy: a multiple of 8 up to "
			     "%d is wanted",
			     text, STACK_SIZE_MOST);
	o->session.sampler.stack_size = (uint32_t)size;
	return EXIT_DONE;
}

/* As perf has it: without a number it is the fastest. */
static int parse_compression(const char *text, struct options *o)
{
	uint64_t level = 1;

	if (text &&
	    (!parse_u64(text, &level) || !level || level > (uint64_t)zstd_level_most()))
		return usage(&command_record,
			     "'%s' is no level of compression: 1 to %d is wanted", text,
			     zstd_level_most());
	o->session.compression = (int)level;
	return EXIT_DONE;
}

static int parse_option(int opt, char **argv, struct options *o)
{
	switch (opt) {
	case 'a':
		o->target.whole_machine = true;
		return EXIT_DONE;
	case 'p':
		if (!parse_pids(optarg, &o->target))
			return usage(&command_record, "'%s' is no list of pids", optarg);
		return EXIT_DONE;
	case 'F':
		if (!parse_u64(optarg, &o->session.sampler.frequency) ||
		    !o->session.sampler.frequency)
			return usage(&command_record,
				     "'%s' is no number of samples a second", optarg);
		return EXIT_DONE;
	case 'o':
		o->session.output = optarg;
		return EXIT_DONE;
	case 'g':
		return parse_call_graph(optarg, o);
	case 'k':
		return parse_stack_size(optarg, o);
	case 'z':
		return parse_compression(optarg, o);
	case 'S':
		o->no_svg = true;
		return EXIT_DONE;
	case PICTURE_FIRST ... PICTURE_LAST:
		return picture_option_take(&o->picture, opt, optarg, &command_record);
	default:
		return usage_getopt(&command_record, argv);
	}
}

/* A number is SECONDS; anything else begins the command, as after "--". */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"all-cpus", no_argument, NULL, 'a'},
		{"pid", required_argument, NULL, 'p'},
		{"freq", required_argument, NULL, 'F'},
		{"output", required_argument, NULL, 'o'},
		{"call-graph", required_argument, NULL, 'g'},
		{"stack-size", required_argument, NULL, 'k'},
		{"compression-level", optional_argument, NULL, 'z'},
		{"no-svg", no_argument, NULL, 'S'},
		PICTURE_OPTIONS,
		{0},
	};
	int opt, status;

	while (optind < argc) {
		bool is_end = strcmp(argv[optind], "--") == 0;

		opt = getopt_long(argc, argv, "+:ap:F:g:o:z::", longs, NULL);
		if (opt != -1) {
			status = parse_option(opt, argv, o);
			if (status != EXIT_DONE)
				return status;
			continue;
		}
		if (optind == argc)
			break;
		if (is_end || !isdigit((unsigned char)*argv[optind])) {
			o->target.command = argv + optind;
			break;
		}
		if (o->session.duration ||
		    !parse_duration(argv[optind], &o->session.duration) ||
		    !o->session.duration)
			return usage(&command_record, "'%s' is no number of seconds",
				     argv[optind]);
		optind++;
	}
	return check(o);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

/* argv as one line, for the head of the picture. */
static char *command_line(int argc, char **argv)
{
	scoped(out_free) struct out *line = out_memory();

	out_str(line, "flame");
	for (int i = 0; i < argc; i++)
		out_printf(line, " %s", argv[i]);
	return mem_str(out_data(line), out_pos(line));
}

/* Signals that end a recording are blocked during the recording and read between two steps: no
 * handler, no global. */
static int sample(struct session *session, struct progress *progress, struct error *err)
{
	const struct timespec at_once = {0};
	sigset_t stop;
	int more;

	stop_signals(&stop);
	while ((more = session_step(session, err)) > 0) {
		progress_show(progress, now(), session_samples(session));
		if (sigtimedwait(&stop, NULL, &at_once) > 0)
			break;
	}
	return more < 0 ? -1 : session_stop(session, err);
}

static int draw(struct input_data *data, const char *path,
		const struct picture_options *options, struct error *err)
{
	scoped(out_free) struct out *out = out_open(path, 0, err);

	if (!out)
		return -1;
	picture_draw(out, data, options);
	return out_commit(out, err);
}

static void print_session_notes(const struct session *session)
{
	const char *note;

	for (size_t i = 0; (note = session_note(session, i)); i++)
		say("%s", note);
}

static int record(struct options *o, struct error *err)
{
	scoped(progress_end) struct progress progress;
	scoped(mem_release) char *svg = path_with_extension(o->session.output, ".svg");
	scoped(session_free) struct session *session = NULL;
	struct input_data *data;
	sigset_t stop;

	progress_init(&progress, isatty(STDERR_FILENO), now());
	session = session_open(&o->session, &o->target, err);
	if (!session)
		return -1;
	print_session_notes(session);
	if (session_start(session, err) < 0 || sample(session, &progress, err) < 0)
		return -1;
	progress_end(&progress);
	/* A second Ctrl-C ends the rest at once. */
	stop_signals(&stop);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	data = session_finish(session, err);
	if (!data || (!o->no_svg && draw(data, svg, &o->picture, err) < 0))
		return -1;
	print_notes(data);
	return summary_write(
		data, &(struct summary){o->session.output, o->no_svg ? NULL : svg}, err);
}

static int run(int argc, char **argv)
{
	struct options o = {
		.session = {.sampler = {.frequency = 99, .stacks = STACKS_COPIED},
			    .unwinds = true,
			    .output = "flame.data"}};
	scoped(mem_release) char *line = command_line(argc, argv);
	int status = parse(argc, argv, &o);
	struct error err;
	sigset_t stop;

	o.session.command_line = line;
	o.session.slices = o.no_svg ? 0 : PICTURE_SLICES;
	if (status == EXIT_DONE) {
		stop_signals(&stop);
		sigprocmask(SIG_BLOCK, &stop, NULL);
		if (record(&o, &err) < 0)
			status = fail(&err);
		/* The command's own status, also that it could not be run. */
		if (status == EXIT_DONE || o.target.exit_status >= EXIT_NOT_EXECUTABLE)
			status = o.target.exit_status;
	}
	target_release(&o.target);
	return status;
}

const struct command command_record = {
	.name = "record",
	.run = run,
	.summary = "record where CPU time goes, and draw it",
	.help = "usage: flame record [-a | -p PID[,PID...] | [--] COMMAND ARG...] "
		"[SECONDS] [options]\n"
		"\n"
		"Samples the callchains of the whole machine, of processes, or of a "
		"command that\n"
		"is started, for SECONDS or until Ctrl-C. Writes the recording "
		"(flame.data) and\n"
		"draws it (flame.svg); the exit status of COMMAND is passed on.\n"
		"\n"
		"  -a, --all-cpus      the whole machine; with COMMAND, as long as it "
		"runs\n"
		"  -p, --pid PID,...   these processes, all their threads, and those "
		"they start\n"
		"  -F, --freq HZ       samples a second on each CPU (default 99)\n"
		"  -g, --call-graph MODE\n"
		"                      how stacks are found: auto (default), from "
		"registers "
		"and a\n"
		"                      copy of the stack, by what DWARF says of them, at "
		"once; fp, by\n"
		"                      frame pointers alone; dwarf-raw, the copies are "
		"stored, for\n"
		"                      perf; none\n"
		"      --stack-size N  bytes of that copy, a multiple of 8 (default "
		"65528, the\n"
		"                      most; less at high rates, and 16384 for "
		"dwarf-raw)\n"
		"  -o, --output FILE   the recording (default flame.data); the picture "
		"is put\n"
		"                      beside it; an older FILE is kept as FILE.old\n"
		"  -z[N], --compression-level[=N]\n"
		"                      a recording of a tenth of the size, by zstd: 1 "
		"(default,\n"
		"                      fastest) to 22, of which those above 9 lose "
		"samples but at\n"
		"                      low rates; expanded, all of it is in memory "
		"whenever it is\n"
		"                      read, also once by record itself\n"
		"      --no-svg        draw nothing\n" PICTURE_OPTIONS_HELP "\n"
		"The recording is a perf.data file: perf report -i FILE reads it too. "
		"Names are in\n"
		"it, so that it can be rendered on any machine.\n",
};
