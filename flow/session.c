#include "flow/session.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "base/thread/slow_files.h"
#include "flow/live/cost_limit.h"
#include "flow/live/file_tender.h"
#include "flow/live/live_files.h"
#include "flow/live/priority.h"
#include "flow/live/recording_file.h"
#include "flow/live/sample_cgroups.h"
#include "flow/loader.h"
#include "flow/side_band.h"
#include "flow/unwinding/live_stacks.h"
#include "record/deadline.h"
#include "record/kernel_limits.h"
#include "record/machine.h"
#include "record/stack_budget.h"
#include "record/synth.h"

#include <assert.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <string.h>

enum {
	STEP_MS = 200,
	NS_PER_MS = 1000000,
	OPEN_FILES_MAX = 16384, /* each open file holds some kernel memory */
	NOTES_MAX = 2,
	RECORDS_PAUSE = 64, /* between two checks of the cost */
	/* Unwinding after the last sample: this and half of the recording's duration. */
	LAST_UNWINDING_MS = 2000,
	LAST_UNWINDING_MS_MAX = 30000,
};

enum session_phase {
	SESSION_OPENED,
	SESSION_SAMPLING,
	SESSION_STOPPED,
	SESSION_FINISHED,
};

struct session {
	enum session_phase phase;
	const struct session_options *options;
	struct target *target;
	struct sampler *sampler;
	struct live_files files;
	struct sample_cgroups *cgroups;
	struct side_band *side_band;
	struct live_stacks *live; /* NULL: samples are stored unchanged */
	/* the sampler's, with the attrs of the file */
	struct event_specs stored_specs;
	struct recording_file file;
	struct input_data data;
	const char *notes[NOTES_MAX];
	size_t n_notes;
	struct cpu_account before, after;
	struct deadline *deadline; /* NULL: none */
	uint64_t online;	   /* run_info.online */
	struct cost_limit cost;
	uint64_t end; /* ns, CLOCK_MONOTONIC; 0: none */
	uint64_t samples;
	int step_ms; /* of the next step: twice that of the last, up to STEP_MS */
	struct priority priority;
	bool side_band_is_urgent;
	uint64_t unwinding_cpu; /* ns, of the process that unwinds, after its end */
};

static void session_add_note(struct session *s, const char *note)
{
	assert(s->n_notes < NOTES_MAX);
	s->notes[s->n_notes++] = note;
}

const char *session_note(const struct session *s, size_t i)
{
	return i < s->n_notes ? s->notes[i] : NULL;
}

uint64_t session_samples(const struct session *s)
{
	return s->samples;
}

/* Samples that are unwound at once have no registers and stacks in the file. */
static int unwinding_start(struct session *s, const struct event_specs *specs,
			   struct error *err)
{
	const struct stack_budget budget = {s->options->sampler.frequency, kernel_cpus(),
					    kernel_memory()};
	uint32_t copy = specs->sampling.items[0].attr.sample_stack_user;
	const struct live_stacks_options options = {
		.specs = specs,
		.machine = s->data.run_info.arch,
		.queue_size = stack_budget_waiting(&budget, copy),
		.keeper = s->files.keeper,
		.file_ns = s->options->file_time};

	s->live = live_stacks_start(&options, err);
	event_specs_stacks(&s->stored_specs, STACKS_CHAIN, 0);
	return s->live ? 0 : -1;
}

static int events_open(struct session *s, struct error *err)
{
	const struct event_specs *specs;
	size_t files;

	s->sampler = sampler_open(&s->options->sampler, s->target, err);
	if (!s->sampler)
		return -1;
	specs = sampler_specs(s->sampler);
	event_specs_copy(&s->stored_specs, specs);
	if (sampler_note(s->sampler))
		session_add_note(s, sampler_note(s->sampler));
	/* Reading names opens files, too. */
	files = sampler_files_left(s->sampler) / 2;
	live_files_init(&s->files, files < OPEN_FILES_MAX ? files : OPEN_FILES_MAX);
	if (!s->options->unwinds)
		return 0;
	if (specs->sampling.items[0].attr.sample_regs_user)
		return unwinding_start(s, specs, err);
	session_add_note(s, "stacks are unwound by frame pointers only: flame "
			    "does not know the registers of this machine");
	return 0;
}

static int session_prepare(struct session *s, struct error *err)
{
	if (target_prepare(s->target, err) < 0 ||
	    recording_file_open(&s->file, s->options->output, err) < 0 ||
	    events_open(s, err) < 0)
		return -1;
	s->file.max_size = s->options->max_size;
	if (recording_file_begin(&s->file, &s->stored_specs, s->options->compression,
				 &s->data.run_info, err) < 0)
		return -1;
	s->cgroups = sample_cgroups_new(sampler_specs(s->sampler));
	if (live_files_tend(&s->files, s->options->file_time, err) < 0)
		return -1;
	s->side_band = side_band_start(s->sampler, s->files.keeper, s->files.jit, err);
	return s->side_band ? 0 : -1;
}

struct session *session_open(const struct session_options *options, struct target *target,
			     struct error *err)
{
	struct session *s = mem_new(1, sizeof(*s));
	struct run_info *run_info = &s->data.run_info;

	s->options = options;
	s->target = target;
	input_data_init(&s->data);
	run_info_of_machine(run_info);
	run_info_set_command(run_info, options->command_line);
	if (session_prepare(s, err) < 0)
		session_free(&s);
	return s;
}

void session_free(struct session **sp)
{
	struct session *s = *sp;

	if (!s)
		return;
	priority_restore(&s->priority);
	deadline_end(&s->deadline, NULL);
	cost_limit_release(&s->cost);
	input_data_release(&s->data);
	recording_file_release(&s->file);
	side_band_free(&s->side_band, NULL);
	s->files.keeper_hangs |= !live_stacks_free(&s->live);
	live_files_release(&s->files);
	sample_cgroups_free(&s->cgroups);
	event_specs_release(&s->stored_specs);
	sampler_free(&s->sampler);
	mem_free(s);
	*sp = NULL;
}

/* Full rings take seconds on a machine that samples keep busy: the cost is checked
 * meanwhile. */
static void samples_write(struct session *s)
{
	struct perf_event_header header;
	const void *record;
	size_t size, n = 0;

	cost_limit_samples_begin(&s->cost);
	while (sampler_next(s->sampler, &record, &size)) {
		record = sample_cgroups_apply(s->cgroups, record, size);
		file_tender_saw(s->files.tender, &s->file.writer.layout, record, size);
		if (s->live)
			live_stacks_add_record(s->live, record, size, &s->file.writer);
		else
			writer_record(&s->file.writer, record, size);
		memcpy(&header, record, sizeof(header));
		if (header.type == PERF_RECORD_SAMPLE && !s->samples++)
			recording_file_keep(&s->file);
		if (++n % RECORDS_PAUSE == 0)
			cost_limit_pause(&s->cost);
	}
	cost_limit_samples_end(&s->cost);
}

/* Writes the present content of all rings. */
static void rings_drain(struct session *s)
{
	uint64_t since = clock_now();

	side_band_write(s->side_band, &s->file.writer, s->live);
	cost_limit_samples_begin(&s->cost);
	if (s->live)
		live_stacks_advance(s->live, since, &s->file.writer);
	cost_limit_samples_end(&s->cost);
	samples_write(s);
	for (struct event ev; sample_cgroups_next(s->cgroups, &ev);) {
		side_band_apply(s->side_band, &ev);
		writer_event(&s->file.writer, &ev);
	}
	live_stacks_write(s->live, &s->file.writer);
	if (live_stacks_ends_round(s->live))
		writer_round(&s->file.writer);
}

/* Stores everything in the file up to now. Returns whether the recording may go on. */
static bool recording_save(struct session *s)
{
	size_t n_waiting = 0;

	if (s->live) {
		n_waiting = live_stacks_waiting(s->live);
		live_stacks_write_waiting(s->live, &s->file.writer);
	}
	return recording_file_save(&s->file, n_waiting);
}

/* CPU time of the processes that read files, ns. */
static uint64_t workers_time(const struct session *s)
{
	return live_stacks_time(s->live) + live_files_time(&s->files);
}

static void cost_check(struct session *s)
{
	cost_limit_others(&s->cost, workers_time(s), live_stacks_sample_time(s->live));
	cost_limit_check(&s->cost);
}

static int synth_write(struct session *s, struct error *err)
{
	scoped(synth_free) struct synth *synth =
		synth_open(s->target, s->options->sampler.stacks == STACKS_RAW, err);
	uint64_t last = clock_now();
	struct event ev;

	if (!synth)
		return -1;
	while (synth_next(synth, &ev)) {
		side_band_apply(s->side_band, &ev);
		if (s->live)
			live_stacks_apply(s->live, &ev);
		writer_event(&s->file.writer, &ev);
		/* On a machine at its limits reading all of /proc takes as long as a ring
		 * lasts. */
		if (clock_now() - last > STEP_MS * NS_PER_MS) {
			samples_write(s);
			cost_check(s);
			if (!recording_save(s))
				break;
			last = clock_now();
		}
	}
	return 0;
}

/* The duration begins before the first sample, and includes the time in which /proc is
 * read. */
static int duration_start(struct session *s, struct error *err)
{
	if (!s->options->duration)
		return 0;
	s->end = s->before.now + s->options->duration;
	s->deadline = deadline_start(s->sampler, s->end, err);
	return s->deadline ? 0 : -1;
}

int session_start(struct session *s, struct error *err)
{
	assert(s->phase == SESSION_OPENED);
	if (recording_file_start(&s->file, err) < 0)
		return -1;
	priority_raise(&s->priority);
	priority_raise_other(live_stacks_pid(s->live));
	s->before = cpu_account_now();
	s->before.own += workers_time(s);
	if (duration_start(s, err) < 0)
		return -1;
	if (sampler_start(s->sampler, err) < 0 || target_start(s->target, err) < 0)
		return -1;
	cost_limit_begin(&s->cost, s->sampler, s->options->max_cost,
			 s->options->sampler.frequency, kernel_cpus());
	/* Running processes are read while the side band is on: a process that starts in
	 * between is recorded twice instead of never. */
	if (synth_write(s, err) < 0)
		return -1;
	recording_save(s);
	s->step_ms = STEP_MS / 16;
	s->phase = SESSION_SAMPLING;
	return 0;
}

bool session_step(struct session *s)
{
	uint64_t time = clock_now();
	int wait_ms = s->step_ms;

	assert(s->phase == SESSION_SAMPLING);
	if (!target_alive(s->target) || (s->end && time >= s->end))
		return false;
	if (s->end && s->end - time < (uint64_t)wait_ms * NS_PER_MS)
		wait_ms = (int)((s->end - time) / NS_PER_MS) + 1;
	s->step_ms = 2 * s->step_ms < STEP_MS ? 2 * s->step_ms : STEP_MS;
	sampler_wait(s->sampler, wait_ms);
	rings_drain(s);
	sampler_follow_cpus(s->sampler, clock_now());
	cost_check(s);
	return recording_save(s);
}

/* Frees the state of unwinding early: loading the recording needs as much memory. */
static void unwinding_end(struct session *s)
{
	char *note;

	if (!s->live)
		return;
	live_stacks_end(s->live, &s->file.writer);
	for (size_t i = 0; (note = live_stacks_note(s->live, s->samples, i)); i++)
		vec_push(&s->data.notes, note);
	s->unwinding_cpu = live_stacks_time(s->live);
	s->files.keeper_hangs |= !live_stacks_free(&s->live);
}

static void sampling_end(struct session *s)
{
	struct sampler_cpus cpus;
	uint64_t last_unwinding = LAST_UNWINDING_MS;

	if (!deadline_end(&s->deadline, &s->after)) {
		sampler_stop(s->sampler);
		s->after = cpu_account_now();
	}
	cost_limit_end(&s->cost);
	s->after.own += workers_time(s);
	cpus = sampler_cpus(s->sampler, s->after.now);
	s->online = cpus.online_time;
	input_data_note_cpus(&s->data, cpus.slept, cpus.n_refused);
	last_unwinding += (s->after.now - s->before.now) / NS_PER_MS / 2;
	if (last_unwinding > LAST_UNWINDING_MS_MAX)
		last_unwinding = LAST_UNWINDING_MS_MAX;
	if (s->live)
		live_stacks_unwind_until(s->live,
					 clock_now() + last_unwinding * NS_PER_MS);
}

/* The samples are in the file: a command may need seconds to end. */
static void command_stop(struct session *s)
{
	target_stop(s->target);
	if (s->target->n_killed)
		vec_push(&s->data.notes,
			 mem_format("%zu processes of the command ignored SIGTERM for %d "
				    "s and were killed",
				    s->target->n_killed, TARGET_GRACE_MS / 1000));
}

static void note_add(void *session, char *text)
{
	struct session *s = session;

	vec_push(&s->data.notes, text);
}

int session_stop(struct session *s, struct error *err)
{
	int result;

	assert(s->phase == SESSION_SAMPLING);
	s->phase = SESSION_STOPPED;
	sampling_end(s);
	rings_drain(s);
	recording_save(s); /* unwinding the last samples may take seconds */
	unwinding_end(s);
	s->side_band_is_urgent = side_band_is_urgent(s->side_band);
	side_band_free(&s->side_band, &s->data.run_info);
	result = recording_file_end_data(&s->file, err);
	command_stop(s);
	live_files_stop(&s->files, note_add, s); /* a worker must not inherit its lock */
	priority_restore(&s->priority);
	return result;
}

/* The kernel's own counts are exact; its records miss the losses at the end. */
static void figures_store(struct session *s)
{
	struct run_info *run_info = &s->data.run_info;
	struct sampler_losses losses;

	run_info_between(run_info, &s->before, &s->after, s->online);
	if (!sampler_losses(s->sampler, &losses))
		return;
	run_info->lost = losses.samples;
	run_info->lost_side_band = losses.side_band;
}

static int recording_load(struct session *s, struct file_marks *marks, struct error *err)
{
	const struct load_options load = {
		.is_live = true,
		.hidden_kernel = rights_hidden_kernel(sampler_rights(s->sampler)),
		.keeper = s->files.keeper,
		.marks = marks,
		.slow = s->files.slow,
		.jit = s->files.jit,
		.inlines = true,
		.slices = s->options->slices,
		.name_time = s->options->name_time,
		.hurry = s->options->hurry,
	};

	s->data.run_info.checked_cgroups = s->cgroups != NULL;
	cost_limit_store(&s->cost, s->after.now, &s->data.run_info);
	return load_recording(&s->data, recording_file_self(&s->file), &load, err);
}

static int recording_complete(struct session *s, struct error *err)
{
	bool lacks_names;

	if (recording_file_complete(&s->file, &s->data.run_info, &s->data.dsos,
				    &lacks_names, err) < 0)
		return -1;
	if (lacks_names)
		note_add(s, mem_format("the recording has no names of functions: 'flame "
				       "symbolize' adds those that this machine has"));
	return 0;
}

struct input_data *session_finish(struct session *s, struct file_marks *marks,
				  bool is_served, struct error *err)
{
	size_t n_notes = 0;
	char *note;

	assert(s->phase == SESSION_STOPPED);
	s->phase = SESSION_FINISHED;
	slow_files_retire(s->files.slow, is_served);
	if (recording_load(s, marks, err) < 0)
		return NULL;
	while ((note = file_tender_note(s->files.keeper, s->side_band_is_urgent,
					n_notes++)))
		vec_push(&s->data.notes, note);
	if (!s->data.run_info.copy_least)
		input_data_note_truncated(&s->data, sampler_specs(s->sampler)
							    ->sampling.items[0]
							    .attr.sample_stack_user);
	input_data_note_throttled(&s->data);
	figures_store(s);
	input_data_note_losses(&s->data);
	if (s->file.is_full)
		note_add(s, mem_format("the recording ended at its largest size, "
				       "--max-size"));
	if (recording_complete(s, err) < 0)
		return NULL;
	return &s->data;
}

int session_finish_unnamed(struct session *s, struct error *err)
{
	bool ignored;

	assert(s->phase == SESSION_STOPPED);
	figures_store(s);
	return recording_file_complete(&s->file, &s->data.run_info, NULL, &ignored, err);
}

uint64_t session_worker_cpu(const struct session *s)
{
	return s->unwinding_cpu + live_files_time(&s->files);
}

struct recording_file *session_file(struct session *s)
{
	return &s->file;
}
