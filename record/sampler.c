#include "record/sampler.h"
#include "record/data/encode.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "record/band.h"
#include "record/cpu_follower.h"
#include "record/data/encode.h"
#include "record/event_probe.h"
#include "record/kernel_limits.h"
#include "record/open_failure.h"
#include "record/slowdown.h"
#include "record/stack_budget.h"
#include "record/wake.h"
#include "rights/shortcoming.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	SAMPLE_SIZE = 512, /* of a usual sample with its callchain */
	WAIT_LEAST = 2,
	WAIT_MOST = 500,   /* ms */
	OPEN_TRIES = 50,   /* while tasks die and CPUs go */
	OTHER_FILES = 256, /* that a recording has open beside events */
};

struct sampler {
	struct event_specs specs;
	struct band side_band, samples;
	struct wake wake; /* for the side band */
	struct cpu_follower cpus;
	struct slowdown slowdown;
	bool starts_on_exec;
	const struct known_event *const *events;
	size_t n_events;
	const struct known_event *default_event;
	uint64_t frequency;
	enum stacks stacks;
	uint32_t stack_size; /* 0: by the budget */
	struct stack_budget budget;
	struct rights rights;
	struct descendants *filter;   /* of the records of CPUs; NULL: all are taken */
	uint64_t n_tasks, files_most; /* threads of the target, descriptors for them */
	char note[1200];
	uint8_t own_record[UINT16_MAX]; /* of the side band, if it is changed */
};

static void note_add(struct sampler *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void note_add(struct sampler *s, const char *fmt, ...)
{
	size_t len = strlen(s->note);
	va_list args;

	if (len && len + 2 < sizeof(s->note))
		len += (size_t)snprintf(s->note + len, sizeof(s->note) - len, "; ");
	va_start(args, fmt);
	vsnprintf(s->note + len, sizeof(s->note) - len, fmt, args);
	va_end(args);
}

/* Bytes of stack in a copy, before the rings limit them. Copies that are stored go to a
 * disk as they are, so these stay small. */
static uint32_t copy_wanted(const struct sampler *s)
{
	uint32_t copy = s->stack_size ? s->stack_size : stack_budget_copy(&s->budget);

	if (!s->stack_size && s->stacks == STACKS_RAW && copy > STACK_SIZE_RAW)
		copy = STACK_SIZE_RAW;
	return copy;
}

/* Bytes of stack in each sample; all sampling events have the same. */
static uint32_t copy_size(const struct sampler *s)
{
	return s->specs.sampling.items[0].attr.sample_stack_user;
}

static void spec_finish(const struct sampler *s, struct event_spec *spec,
			const struct target *target)
{
	spec->attr.inherit = !target_by_cpu(target);
	spec->attr.enable_on_exec = s->starts_on_exec;
}

static void specs_make(struct sampler *s, const struct target *target, bool kernel)
{
	/* The size of a record has 16 bits. */
	int64_t deepest = (UINT16_MAX - SAMPLE_SIZE) / sizeof(uint64_t);
	int64_t depth = kernel_limit("perf_event_max_stack", 127);
	struct event_spec *spec;

	event_specs_set(&s->specs, s->events, s->n_events, s->frequency, kernel);
	event_specs_stacks(&s->specs, s->stacks, copy_wanted(s));
	/* libunwind, in perf, reads CFI where a file is mapped as data. */
	s->specs.side_band.attr.mmap_data = s->stacks == STACKS_RAW;
	event_probe(&s->specs);
	vec_each(spec, &s->specs.sampling) {
		if (depth > deepest)
			spec->attr.sample_max_stack = narrow_u16((uint64_t)deepest);
		/* Periods change if the rate has to fall. */
		spec->attr.sample_type |= PERF_SAMPLE_PERIOD;
		spec_finish(s, spec, target);
	}
	spec_finish(s, &s->specs.side_band, target);
}

/* Descriptors of the events of all tasks. */
static uint64_t files_needed(const struct sampler *s)
{
	return s->n_tasks * s->budget.cpus * (1 + s->specs.sampling.n);
}

static int bands_open_once(struct sampler *s, const struct target *target,
			   unsigned halvings)
{
	bool has_copies = s->specs.sampling.items[0].attr.sample_regs_user;
	uint32_t copy = has_copies ? copy_wanted(s) : 0;
	struct stack_rings plan = stack_budget_rings(&s->budget, copy, halvings);
	scoped(band_tasks_release) struct band_tasks tasks = {0};
	const struct cpu_set *online = cpu_watch_online(&s->cpus.watch);
	const struct band_events side_band = {&s->specs.side_band, 1, &tasks};
	const struct band_events samples = {s->specs.sampling.items, s->specs.sampling.n,
					    &tasks};
	struct event_spec *spec;
	int result;

	/* The side band wakes its reader with every record; samples never do. */
	s->specs.side_band.attr.wakeup_watermark = 1;
	vec_each(spec, &s->specs.sampling) {
		spec->attr.sample_stack_user = s->stack_size ? copy : plan.copy;
		spec->attr.wakeup_watermark = narrow_u32(plan.samples / 2);
	}
	band_tasks_find(&tasks, target, NULL, 0);
	s->n_tasks = tasks.tids.n;
	if (files_needed(s) > s->files_most)
		return -EMFILE;
	result = band_open(&s->side_band, &side_band, online, plan.side_band);
	if (result < 0)
		return result;
	result = band_open(&s->samples, &samples, online, plan.samples);
	if (result < 0)
		band_close(&s->side_band);
	return result;
}

static void note_shrunk(struct sampler *s)
{
	size_t ring = s->samples.ring_size;
	uint32_t copy = copy_size(s);
	long long limit = kernel_limit("perf_event_mlock_kb", 0);

	if (copy && copy < copy_wanted(s))
		note_add(s,
			 "copies of only %u bytes of a stack, in rings of %zu KiB for "
			 "each "
			 "CPU "
			 "(kernel.perf_event_mlock_kb is %lld)",
			 copy, ring >> 10, limit);
	else if (!copy || copy > stack_budget_fit(s->budget.frequency, ring))
		note_add(s,
			 "rings of only %zu KiB for each CPU (kernel.perf_event_mlock_kb "
			 "is "
			 "%lld)",
			 ring >> 10, limit);
}

/* Tasks and CPUs come and go while their events are opened one by one: then all is opened
 * again. Rings that are larger than this user may lock are halved. */
static int bands_open(struct sampler *s, const struct target *target)
{
	unsigned halvings = 0;
	int result = -EINVAL;

	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		result = bands_open_once(s, target, halvings);
		if (result == -ESRCH || result == -ENODEV)
			continue;
		if (result != -ENOBUFS && result != -ENOMEM)
			break;
		if (++halvings > STACK_RINGS_HALVINGS)
			break;
	}
	if (result == 0 && halvings)
		note_shrunk(s);
	return result;
}

static int refused(const struct sampler *s, const struct target *target, int code,
		   struct error *err)
{
	const struct open_failure failure = {
		.target = target,
		.rights = &s->rights,
		.event = s->specs.sampling.items[0].name,
		.n_threads = s->n_tasks,
		.files_needed = files_needed(s) + OTHER_FILES,
	};

	return open_failure(&failure, code, err);
}

/* The names and stacks that rights are missing for. */
static void shortcoming_note(struct sampler *s, const struct target *target)
{
	char text[SHORTCOMING_MAX];

	if (shortcoming_text(&s->rights, target->pids.items, target->pids.n,
			     target->whole_machine, text))
		note_add(s, "%s", text);
}

/* Threads that are too many for a descriptor of each, or that come and go faster than
 * their events can be opened: takes the events of CPUs, and leaves out the records of
 * other processes. Returns 'failed' if that is not possible either. */
static int bands_open_on_cpus(struct sampler *s, struct target *target, int failed)
{
	uint64_t n_tasks = s->n_tasks;

	if (!target->pids.n || !target_alive(target))
		return failed;
	target->filters_cpus = true;
	s->filter = s->cpus.descendants;
	descendants_limit(s->filter, target->pids.items, target->pids.n);
	specs_make(s, target, true);
	if (bands_open(s, target) < 0) {
		target->filters_cpus = false;
		s->n_tasks = n_tasks;
		return failed;
	}
	note_add(s, "the threads are too many for events of their own: whole CPUs are "
		    "sampled, and samples of other processes are left out");
	return 0;
}

static int events_open(struct sampler *s, struct target *target, struct error *err)
{
	int result;

	specs_make(s, target, true);
	result = bands_open(s, target);
	if ((result == -EACCES || result == -EPERM) && !target->whole_machine) {
		specs_make(s, target, false);
		result = bands_open(s, target);
		if (result == 0)
			note_add(s,
				 "the kernel's part is left out: "
				 "kernel.perf_event_paranoid is %lld and CAP_PERFMON is "
				 "missing",
				 (long long)s->rights.paranoid);
	}
	if (result == -EMFILE || result == -ESRCH)
		result = bands_open_on_cpus(s, target, result);
	if (result < 0)
		return refused(s, target, -result, err);
	shortcoming_note(s, target);
	return 0;
}

/* Names need descriptors, too, if there is a choice. */
static uint64_t files_for_events(const struct sampler *s)
{
	uint64_t most = kernel_allow_files();
	bool has_choice = rights_have_perfmon(&s->rights) || s->rights.paranoid <= 0;

	return has_choice ? most / 4 * 3 : most;
}

static int sampler_begin(struct sampler *s, struct target *target, struct error *err)
{
	const struct event_spec *side_band = &s->specs.side_band;

	if (event_probe_frequency(s->events, s->n_events, s->frequency, err) < 0)
		return -1;
	s->budget = (struct stack_budget){s->frequency * s->n_events, kernel_cpus(),
					  kernel_memory()};
	s->files_most = files_for_events(s);
	if (events_open(s, target, err) < 0)
		return -1;
	band_store_ids(&s->side_band, 0, &s->specs.side_band);
	for (size_t i = 0; i < s->specs.sampling.n; i++)
		band_store_ids(&s->samples, i, &s->specs.sampling.items[i]);
	slowdown_init(&s->slowdown, &s->specs, target_by_cpu(target));
	if (wake_open(&s->wake, err) < 0)
		return -1;
	return wake_watch(&s->wake, side_band->ids.items, side_band->ids.n, err);
}

struct sampler *sampler_open(const struct sampler_options *options, struct target *target,
			     struct error *err)
{
	scoped(sampler_free) struct sampler *s = mem_new(1, sizeof(*s));
	struct sampler *opened;

	band_library_init();
	s->wake = WAKE_CLOSED;
	s->rights = rights_read("");
	cpu_follower_init(&s->cpus, target);
	s->cpus.specs = &s->specs;
	s->cpus.side_band = &s->side_band;
	s->cpus.samples = &s->samples;
	s->frequency = options->frequency;
	s->stacks = options->stacks;
	s->stack_size = options->stack_size;
	s->starts_on_exec = target->command && !target->whole_machine;
	s->events = options->events;
	s->n_events = options->n_events;
	if (!s->n_events) {
		s->default_event = event_spec_default();
		s->events = &s->default_event;
		s->n_events = 1;
	}
	target_gone_text(target, s->note);
	if (sampler_begin(s, target, err) < 0)
		return NULL;
	opened = s;
	s = NULL;
	return opened;
}

void sampler_free(struct sampler **sp)
{
	struct sampler *s = *sp;

	if (!s)
		return;
	wake_close(&s->wake);
	cpu_follower_release(&s->cpus);
	slowdown_release(&s->slowdown);
	band_close(&s->side_band);
	band_close(&s->samples);
	event_specs_release(&s->specs);
	mem_free(s);
	*sp = NULL;
}

const struct event_specs *sampler_specs(const struct sampler *s)
{
	return &s->specs;
}

size_t sampler_files_left(const struct sampler *s)
{
	uint64_t allowed = kernel_allow_files(), opened = s->specs.side_band.ids.n;
	const struct event_spec *spec;

	vec_each(spec, &s->specs.sampling)
		opened += spec->ids.n;
	return opened < allowed ? allowed - opened : 0;
}

int sampler_start(struct sampler *s, struct error *err)
{
	size_t failed = 0;

	cpu_watch_begin(&s->cpus.watch, clock_now());
	if (s->starts_on_exec) {
		band_start_by_exec(&s->side_band);
		band_start_by_exec(&s->samples);
		return 0;
	}
	/* The side band first: no sample without it. */
	if (band_start(&s->side_band, &failed) < 0)
		return error_sys(err, "cannot start the event '%s'",
				 s->specs.side_band.name);
	if (s->filter)
		descendants_limit(s->filter, s->cpus.target->pids.items,
				  s->cpus.target->pids.n);
	if (band_start(&s->samples, &failed) < 0)
		return error_sys(err, "cannot start the event '%s'",
				 s->specs.sampling.items[failed].name);
	return 0;
}

void sampler_stop(struct sampler *s)
{
	band_stop(&s->samples);
	band_stop(&s->side_band);
}

/* How long the rings of samples can be left alone, even with the longest callchains;
 * ms. */
static int wait_most(const struct sampler *s)
{
	uint64_t size = SAMPLE_SIZE_MOST + copy_size(s);
	uint64_t ms =
		(uint64_t)s->samples.ring_size * 1000 / (s->budget.frequency * size) / 2;

	if (ms > WAIT_MOST)
		return WAIT_MOST;
	return ms < WAIT_LEAST ? WAIT_LEAST : (int)ms;
}

/* Samples arrive at a known rate, so a timer wakes the reader: less often than the rings
 * would. */
void sampler_wait(struct sampler *s, int timeout_ms)
{
	int most = wait_most(s);

	poll(NULL, 0, timeout_ms < 0 || timeout_ms > most ? most : timeout_ms);
}

void sampler_wait_side_band(struct sampler *s)
{
	wake_sleep(&s->wake);
}

void sampler_nudge_side_band(struct sampler *s)
{
	wake_nudge(&s->wake);
}

bool sampler_next(struct sampler *s, const void **record, size_t *size)
{
	do {
		if (!band_next(&s->samples, record, size))
			return false;
	} while ((s->filter && !descendants_own_sample(s->filter, *record, *size,
						       &s->slowdown.layout)) ||
		 !slowdown_apply(&s->slowdown, record, size));
	return true;
}

void sampler_slow_down(struct sampler *s, uint64_t divisor)
{
	slowdown_set(&s->slowdown, &s->samples, divisor);
}

void sampler_shorten_copies(struct sampler *s, uint32_t most)
{
	slowdown_shorten_copies(&s->slowdown, most);
}

bool sampler_next_side_band(struct sampler *s, const void **record, size_t *size)
{
	do {
		if (!band_next(&s->side_band, record, size))
			return false;
	} while (s->cpus.descendants &&
		 !descendants_own(s->cpus.descendants, *record, *size));
	*record = encode_own_identity(s->own_record, *record, *size);
	return true;
}

void sampler_follow_cpus(struct sampler *s, uint64_t now)
{
	scoped(band_ids_release) struct band_ids ids = {0};
	struct error ignored;

	if (!cpu_follower_check(&s->cpus, now))
		return;
	band_event_ids(&s->side_band, 0, &ids);
	wake_watch(&s->wake, ids.items.items, ids.items.n, &ignored);
	slowdown_repeat(&s->slowdown, &s->samples, now);
}

struct sampler_cpus sampler_cpus(const struct sampler *s, uint64_t now)
{
	return (struct sampler_cpus){
		.online_time = cpu_watch_online_time(&s->cpus.watch, now),
		.slept = s->cpus.slept,
		.n_refused = s->cpus.n_refused,
	};
}

bool sampler_losses(struct sampler *s, struct sampler_losses *losses)
{
	*losses = (struct sampler_losses){0};
	if (!(s->specs.side_band.attr.read_format & PERF_FORMAT_LOST))
		return false;
	losses->samples = band_lost(&s->samples);
	losses->side_band = band_lost(&s->side_band);
	return true;
}

const struct rights *sampler_rights(const struct sampler *s)
{
	return &s->rights;
}

const char *sampler_note(const struct sampler *s)
{
	return s->note[0] ? s->note : NULL;
}
