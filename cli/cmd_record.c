#include "base/mem.h"
#include "base/parse.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/notes.h"
#include "cli/options.h"
#include "cli/picture_options.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "flow/live_stacks.h"
#include "flow/loader.h"
#include "flow/pipeline.h"
#include "flow/side_band.h"
#include "record/data/writer.h"
#include "record/data/zstd_stream.h"
#include "record/kernel_limits.h"
#include "record/machine.h"
#include "record/sampler.h"
#include "record/stack_budget.h"
#include "record/synth.h"
#include "record/target.h"

#include <ctype.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	WAIT_MS = 200,
	KEPT_MOST = 16384, /* files; each holds some kernel memory */
	NICEST = -20,
};

struct options {
	struct target target;
	struct sampler_options sampler;
	bool unwinds; /* the stacks that are copied, while it records */
	struct picture_options picture;
	uint64_t duration; /* ns, 0: until it is stopped */
	const char *output;
	bool no_svg;
	int compression; /* level, 0: none */
};

/* A recording on its way from the kernel to its files. */
struct session {
	const struct options *options;
	struct sampler *sampler;
	struct dso_keeper *keeper;
	struct jit_keeper *jit;
	struct side_band *side_band;
	struct live_stacks *live; /* NULL: samples are stored as they come */
	struct event_spec stored; /* as the file has it; its ids are the sampler's */
	struct out *out;
	struct writer writer;
	struct input_data run;
	struct cpu_account before, after;
	struct progress progress;
	bool was_stopped; /* by a signal */
	bool was_urgent;  /* the side band's reader */
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
		o->sampler.stacks = modes[i].stacks;
		o->unwinds = modes[i].unwinds;
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
	o->sampler.stack_size = (uint32_t)size;
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
	o->compression = (int)level;
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
		if (!parse_u64(optarg, &o->sampler.frequency) || !o->sampler.frequency)
			return usage(&command_record,
				     "'%s' is no number of samples a second", optarg);
		return EXIT_DONE;
	case 'o':
		o->output = optarg;
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
		if (o->duration || !parse_duration(argv[optind], &o->duration) ||
		    !o->duration)
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

static void take_samples(struct session *s)
{
	const void *record;
	size_t size;

	while (sampler_next(s->sampler, &record, &size)) {
		if (s->live)
			live_stacks_record(s->live, record, size, &s->writer);
		else
			writer_record(&s->writer, record, size);
		progress_count(&s->progress, record);
	}
}

/* What the rings hold now. */
static void drain(struct session *s)
{
	uint64_t since = now();

	side_band_write(s->side_band, &s->writer, s->live);
	if (s->live)
		live_stacks_known_until(s->live, since, &s->writer);
	take_samples(s);
	if (!s->live || !live_stacks_is_behind(s->live))
		writer_round(&s->writer);
}

static int synthesize(struct session *s, struct error *err)
{
	scoped(synth_free) struct synth *synth = synth_open(
		&s->options->target, s->options->sampler.stacks == STACKS_RAW, err);
	uint64_t last = now();
	struct event ev;

	if (!synth)
		return -1;
	while (synth_next(synth, &ev)) {
		side_band_apply(s->side_band, &ev);
		if (s->live)
			live_stacks_apply(s->live, &ev);
		writer_event(&s->writer, &ev);
		/* On a machine at its limits all of /proc takes as long as a ring lasts. */
		if (now() - last > WAIT_MS * 1000000) {
			take_samples(s);
			last = now();
		}
	}
	return 0;
}

/* What it knows of processes and files is not needed for what follows, which takes as much. */
static void end_unwinding(struct session *s)
{
	if (!s->live)
		return;
	live_stacks_end(s->live, &s->writer);
	if (live_stacks_dropped_to_fp(s->live))
		vec_push(&s->run.notes,
			 mem_format(
				 "%llu samples came faster than they could be "
				 "unwound: their stacks are truncated",
				 (unsigned long long)live_stacks_dropped_to_fp(s->live)));
	live_stacks_free(&s->live);
}

/* From the first sample to the last. The signals that end a recording are blocked meanwhile
 * and asked for between two rounds: no handler, no global. */
static int take(struct session *s, struct target *target, struct error *err)
{
	const struct timespec at_once = {0};
	uint64_t end = 0;
	sigset_t stop;

	stop_signals(&stop);
	s->before = cpu_account_now();
	if (sampler_start(s->sampler, err) < 0 || target_start(target, err) < 0)
		return -1;
	/* What runs already is looked at while the side band is on: what comes in between is
	 * then told twice, not missed. */
	if (synthesize(s, err) < 0)
		return -1;
	if (s->options->duration)
		end = s->before.now + s->options->duration;
	while (!s->was_stopped && target_alive(target)) {
		uint64_t t = now();

		if (end && t >= end)
			break;
		sampler_wait(s->sampler, end && end - t < WAIT_MS * 1000000
						 ? (int)((end - t) / 1000000) + 1
						 : WAIT_MS);
		drain(s);
		/* Whoever ends us has what was recorded so far. */
		if (out_flush(s->out, err) < 0)
			return -1;
		progress_show(&s->progress, now());
		s->was_stopped = sigtimedwait(&stop, NULL, &at_once) > 0;
	}
	sampler_stop(s->sampler);
	s->after = cpu_account_now();
	drain(s);
	end_unwinding(s);
	s->was_urgent = side_band_is_urgent(s->side_band);
	side_band_free(&s->side_band);
	target_stop(target);
	return writer_end_data(&s->writer, err);
}

/* This thread alone, where that is allowed: copies of stacks fill a ring within a second, during
 * which nobody must keep it from reading. */
static int take_urgently(struct session *s, struct target *target, struct error *err)
{
	int nice = getpriority(PRIO_PROCESS, 0), result;

	setpriority(PRIO_PROCESS, 0, NICEST);
	result = take(s, target, err);
	setpriority(PRIO_PROCESS, 0, nice);
	return result;
}

static void note_truncated(struct session *s)
{
	const struct truncated_program *p = &s->run.truncated;
	const char *comm = strtab_str(&s->run.profile.strings, p->comm);
	size_t n;
	uint32_t copy = sampler_events(s->sampler, &n)->attr.sample_stack_user;

	if (p->truncated)
		vec_push(&s->run.notes, truncated_note(p, comm, copy));
}

/* Names, figures, and the recording into its place. */
static int complete(struct session *s, struct error *err)
{
	const struct load_options load = {.is_live = true,
					  .keeper = s->keeper,
					  .jit = s->jit,
					  .inlines = true,
					  .slices = s->options->no_svg ? 0
								       : PICTURE_SLICES};
	struct run_info *c = &s->run.run_info;
	uint64_t lost = sampler_lost(s->sampler);

	run_info_between(c, &s->before, &s->after);
	if (load_recording(&s->run, out_path(s->out), &load, err) < 0)
		return -1;
	if (dso_keeper_missed(s->keeper) && !s->was_urgent)
		vec_push(&s->run.notes,
			 mem_format("without CAP_SYS_NICE files of processes that end at "
				    "once are opened too late"));
	note_truncated(s);
	if (lost != UINT64_MAX && lost > c->lost)
		c->lost = lost;
	if (writer_finish(&s->writer, c, &s->run.dsos, err) < 0)
		return -1;
	return out_commit(s->out, err);
}

static int draw(struct session *s, const char *path, struct error *err)
{
	scoped(out_free) struct out *out = out_open(path, 0, err);

	if (!out)
		return -1;
	picture_draw(out, &s->run, &s->options->picture);
	return out_commit(out, err);
}

static void session_release(struct session *s)
{
	progress_end(&s->progress);
	input_data_release(&s->run);
	writer_release(&s->writer);
	out_free(&s->out);
	side_band_free(&s->side_band);
	live_stacks_free(&s->live);
	dso_keeper_free(&s->keeper);
	jit_keeper_free(&s->jit);
	sampler_free(&s->sampler);
}

/* How many files may be kept open: half of what is allowed beside the events, because reading
 * names opens some, too. */
static size_t files_to_keep(const struct event_spec *events, size_t n)
{
	uint64_t allowed = kernel_allow_files();

	for (size_t i = 0; i < n; i++)
		allowed -= events[i].ids.n < allowed ? events[i].ids.n : allowed;
	return allowed / 2 < KEPT_MOST ? allowed / 2 : KEPT_MOST;
}

/* In the file samples have no registers and stacks where they are unwound at once. */
static int start_unwinding(struct session *s, const struct event_spec *events,
			   struct error *err)
{
	const struct stack_budget budget = {s->options->sampler.frequency, kernel_cpus(),
					    kernel_memory()};

	s->live = live_stacks_start(
		events, s->run.run_info.arch,
		stack_budget_waiting(&budget, events[0].attr.sample_stack_user),
		s->keeper, err);
	event_spec_stacks(&s->stored, STACKS_CHAIN, 0);
	return s->live ? 0 : -1;
}

static int open_session(struct session *s, struct options *o, struct error *err)
{
	const struct event_spec *events;
	struct zstd_packer *packer = NULL;
	size_t n;

	s->out = out_open(o->output, OUT_KEEP_OLD | OUT_PRIVATE, err);
	if (!s->out)
		return -1;
	if (!out_can_patch(s->out))
		return error_set(
			err, "'%s' is not a regular file: a recording cannot go there",
			o->output);
	s->sampler = sampler_open(&o->sampler, &o->target, err);
	if (!s->sampler)
		return -1;
	events = sampler_events(s->sampler, &n);
	s->stored = events[0];
	s->stored.attr = event_spec_joined(&events[0], &events[1]);
	if (sampler_note(s->sampler))
		say("%s", sampler_note(s->sampler));
	s->keeper = dso_keeper_new(files_to_keep(events, n));
	if (o->unwinds && !events[0].attr.sample_regs_user)
		say("stacks of this kind of machine follow frame pointers alone");
	else if (o->unwinds && start_unwinding(s, events, err) < 0)
		return -1;
	if (o->compression && !(packer = zstd_packer_new(o->compression, err)))
		return -1;
	writer_init(&s->writer, s->out, &s->stored, packer);
	s->jit = jit_keeper_new(true);
	s->side_band = side_band_start(s->sampler, s->keeper, s->jit, err);
	return s->side_band ? 0 : -1;
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

static int record(struct options *o, int argc, char **argv, struct error *err)
{
	scoped(session_release) struct session s = {.options = o};
	scoped(mem_release) char *command = command_line(argc, argv);
	scoped(mem_release) char *svg = path_with_extension(o->output, ".svg");
	sigset_t stop;

	input_data_init(&s.run);
	progress_init(&s.progress, isatty(STDERR_FILENO), now());
	run_info_of_machine(&s.run.run_info);
	s.run.run_info.command = run_info_text(&s.run.run_info, command);
	if (open_session(&s, o, err) < 0 || take_urgently(&s, &o->target, err) < 0)
		return -1;
	progress_end(&s.progress);
	/* A second Ctrl-C ends the rest at once. */
	stop_signals(&stop);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	if (complete(&s, err) < 0 || (!o->no_svg && draw(&s, svg, err) < 0))
		return -1;
	print_notes(&s.run);
	return summary_write(&s.run, &(struct summary){o->output, o->no_svg ? NULL : svg},
			     err);
}

static int run(int argc, char **argv)
{
	struct options o = {.sampler = {.frequency = 99, .stacks = STACKS_COPIED},
			    .unwinds = true,
			    .output = "flame.data"};
	int status = parse(argc, argv, &o);
	struct error err;
	sigset_t stop;

	if (status == EXIT_DONE) {
		stop_signals(&stop);
		sigprocmask(SIG_BLOCK, &stop, NULL);
		if (target_prepare(&o.target, &err) < 0 ||
		    record(&o, argc, argv, &err) < 0)
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
