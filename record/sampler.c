#include "record/sampler.h"

#include "base/scoped.h"
#include "record/kernel_limits.h"
#include "record/proc_file.h"
#include "record/ring.h"
#include "record/stack_budget.h"
#include "record/wake.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <perf/core.h>
#include <perf/cpumap.h>
#include <perf/event.h>
#include <perf/evlist.h>
#include <perf/evsel.h>
#include <perf/mmap.h>
#include <perf/threadmap.h>

enum {
	SAMPLE_SIZE = 512, /* of a usual sample with its callchain */
	CONSUME_SHARE = 8, /* of a ring is read before the kernel gets it back */
	WAIT_LEAST = 2,
	WAIT_MOST = 500, /* ms */
	OPEN_TRIES = 50, /* while tasks die and CPUs go */
};

/* One event on all its CPUs and tasks, and one set of rings. */
struct band {
	struct perf_evlist *events;
	struct perf_evsel *event; /* of the list */
	int n_cpus, n_tasks;
	size_t ring_size; /* bytes, of one CPU */
	VEC(struct ring) rings;

	/* Where reading is. */
	struct perf_mmap *ring; /* NULL: none is open */
	struct perf_mmap *done; /* the last one that was read in this round, or NULL */
	size_t index;		/* of the one behind it */
	size_t taken, owed; /* bytes of the ring read in this round, and not given back */
};

enum { SIDE_BAND, SAMPLES, BANDS }; /* in the order in which they are opened */

struct sampler {
	struct event_spec specs[2]; /* the sampling one first */
	struct band bands[BANDS];
	struct wake wake; /* of the side band */
	bool starts_on_exec;
	uint64_t frequency;
	enum stacks stacks;
	uint32_t stack_size; /* 0: by the budget */
	struct stack_budget budget;
	char note[400];
};

/* libperf forgets the maps and ids of an event that is deleted with its list. Each recorder
 * opens its events once, so that is let pass; a leak checker must not see it. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static void leaks_allowed(bool yes)
{
	if (yes && __lsan_disable)
		__lsan_disable();
	if (!yes && __lsan_enable)
		__lsan_enable();
}

static struct event_spec *spec_of(struct sampler *s, size_t band)
{
	return &s->specs[band == SAMPLES ? 0 : 1];
}

static void note(struct sampler *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct sampler *s, const char *fmt, ...)
{
	size_t len = strlen(s->note);
	va_list args;

	if (len && len + 2 < sizeof(s->note))
		len += (size_t)snprintf(s->note + len, sizeof(s->note) - len, "; ");
	va_start(args, fmt);
	vsnprintf(s->note + len, sizeof(s->note) - len, fmt, args);
	va_end(args);
}

static bool attr_opens(const struct perf_event_attr *attr)
{
	struct perf_event_attr own = *attr;
	int fd;

	/* On this process: allowed to whoever may record anything at all. */
	own.exclude_kernel = 1;
	fd = (int)syscall(SYS_perf_event_open, &own, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || (errno != EINVAL && errno != E2BIG);
}

/* Older kernels, and some configurations, refuse what they don't know: each of the newer
 * wishes is tried by itself, so that all that can be kept is kept. */
static void specs_fit_kernel(struct event_spec *sample, struct event_spec *side_band)
{
	struct perf_event_attr least = side_band->attr, attr;

	least.build_id = least.ksymbol = least.bpf_event = least.cgroup = 0;
	least.read_format &= ~(uint64_t)PERF_FORMAT_LOST;

#define KEEP_IF_OPENS(change)                                                            \
	do {                                                                             \
		attr = least;                                                            \
		change;                                                                  \
		if (attr_opens(&attr))                                                   \
			least = attr;                                                    \
	} while (0)
	KEEP_IF_OPENS(attr.ksymbol = attr.bpf_event = 1);
	KEEP_IF_OPENS((attr.cgroup = 1, attr.sample_type |= PERF_SAMPLE_CGROUP));
	KEEP_IF_OPENS(attr.build_id = 1);
	KEEP_IF_OPENS(attr.read_format |= PERF_FORMAT_LOST);
#undef KEEP_IF_OPENS
	side_band->attr = least;
	sample->attr.sample_type &= least.sample_type | ~(uint64_t)PERF_SAMPLE_CGROUP;
	sample->attr.read_format = least.read_format;
}

/* Copies that are stored go to a disk as they are, so these stay small. */
static uint32_t copy_wanted(const struct sampler *s)
{
	uint32_t copy = s->stack_size ? s->stack_size : stack_budget_copy(&s->budget);

	if (!s->stack_size && s->stacks == STACKS_RAW && copy > STACK_SIZE_RAW)
		copy = STACK_SIZE_RAW;
	return copy;
}

static void specs_make(struct sampler *s, const struct target *target, bool kernel)
{
	/* The size of a record has 16 bits. */
	int64_t deepest = (UINT16_MAX - SAMPLE_SIZE) / sizeof(uint64_t);
	int64_t depth = kernel_limit("perf_event_max_stack", 127);

	event_spec_release(&s->specs[0]);
	event_spec_release(&s->specs[1]);
	event_spec_sample(&s->specs[0], s->frequency, kernel);
	event_spec_side_band(&s->specs[1], kernel);
	event_spec_stacks(&s->specs[0], s->stacks, copy_wanted(s));
	/* Whoever unwinds with libunwind reads CFI where a file is mapped as data. */
	s->specs[1].attr.mmap_data = s->stacks == STACKS_RAW;
	specs_fit_kernel(&s->specs[0], &s->specs[1]);
	if (depth > deepest)
		s->specs[0].attr.sample_max_stack = (uint16_t)deepest;
	for (size_t i = 0; i < 2; i++) {
		s->specs[i].attr.inherit = !target->whole_machine;
		s->specs[i].attr.enable_on_exec = s->starts_on_exec;
	}
}

/* All threads that the target has just now; NULL with errno where it has none. */
static struct perf_thread_map *target_threads(const struct target *target)
{
	VEC(pid_t) tids = {0};
	struct perf_thread_map *map;

	if (target->whole_machine)
		return perf_thread_map__new_dummy();
	if (target->child)
		vec_push(&tids, target->child);
	for (size_t i = 0; i < target->pids.n; i++) {
		struct proc_dir dir;
		char path[64];
		uint32_t tid;

		snprintf(path, sizeof(path), "/proc/%u/task", target->pids.items[i]);
		if (!proc_dir_open(&dir, path))
			continue;
		while (proc_dir_next(&dir, &tid))
			vec_push(&tids, (pid_t)tid);
		proc_dir_close(&dir);
	}
	errno = ESRCH;
	map = tids.n ? perf_thread_map__new_array((int)tids.n, tids.items) : NULL;
	vec_release(&tids);
	return map;
}

static void band_close(struct band *b)
{
	struct ring *ring;

	if (b->events)
		perf_evlist__delete(b->events);
	vec_each(ring, &b->rings)
		ring_release(ring);
	vec_release(&b->rings);
	*b = (struct band){0};
}

/* A library built from other headers may know a longer attr than we do. */
static struct perf_evsel *evsel_of(const struct perf_event_attr *attr)
{
	union {
		struct perf_event_attr attr;
		char room[2 * sizeof(struct perf_event_attr)];
	} padded = {.room = {0}};

	padded.attr = *attr;
	return perf_evsel__new(&padded.attr);
}

/* 0 or a negative errno. */
static int band_open(struct band *b, const struct event_spec *spec,
		     const struct target *target, size_t ring)
{
	struct perf_thread_map *threads = target_threads(target);
	struct perf_cpu_map *cpus;
	int result;

	if (!threads)
		return -errno;
	cpus = perf_cpu_map__new(NULL);
	b->ring_size = ring;
	b->n_cpus = perf_cpu_map__nr(cpus);
	b->n_tasks = perf_thread_map__nr(threads);
	b->events = perf_evlist__new();
	b->event = evsel_of(&spec->attr);
	perf_evlist__add(b->events, b->event);
	perf_evlist__set_maps(b->events, cpus, threads);
	perf_cpu_map__put(cpus);
	perf_thread_map__put(threads);

	result = perf_evlist__open(b->events);
	if (result == 0 &&
	    perf_evlist__mmap(b->events, (int)(ring / kernel_page_size())) < 0)
		result = errno ? -errno : -ENOMEM;
	if (result < 0)
		band_close(b);
	return result;
}

/* Bytes of copied stack in a sample. */
static uint32_t stack_size(const struct sampler *s)
{
	return s->specs[0].attr.sample_stack_user;
}

static int bands_open_once(struct sampler *s, const struct target *target,
			   unsigned halvings)
{
	uint32_t copy = s->specs[0].attr.sample_regs_user ? copy_wanted(s) : 0;
	struct stack_rings plan = stack_budget_rings(&s->budget, copy, halvings);
	size_t rings[BANDS] = {[SIDE_BAND] = plan.side_band, [SAMPLES] = plan.samples};

	s->specs[0].attr.sample_stack_user = s->stack_size ? copy : plan.copy;
	for (size_t i = 0; i < BANDS; i++) {
		int result;

		/* The side band wakes its reader with every record, samples nobody. */
		spec_of(s, i)->attr.wakeup_watermark =
			i == SIDE_BAND ? 1 : (uint32_t)rings[i] / 2;
		result = band_open(&s->bands[i], spec_of(s, i), target, rings[i]);
		if (result < 0) {
			while (i--)
				band_close(&s->bands[i]);
			return result;
		}
	}
	return 0;
}

static void note_shrunk(struct sampler *s)
{
	size_t ring = s->bands[SAMPLES].ring_size;
	uint32_t copy = stack_size(s);
	long long limit = kernel_limit("perf_event_mlock_kb", 0);

	if (copy && copy < copy_wanted(s))
		note(s,
		     "copies of only %u bytes of a stack, in rings of %zu KiB for each "
		     "CPU "
		     "(kernel.perf_event_mlock_kb is %lld)",
		     copy, ring >> 10, limit);
	else if (!copy || copy > stack_budget_fit(s->frequency, ring))
		note(s,
		     "rings of only %zu KiB for each CPU (kernel.perf_event_mlock_kb is "
		     "%lld)",
		     ring >> 10, limit);
}

/* Tasks and CPUs come and go while their events are opened one by one: a fresh look at both
 * settles it. A ring that is too large for this user's budget is halved; opening itself
 * says EACCES, never EPERM, to those who may not record. */
static int bands_open(struct sampler *s, const struct target *target)
{
	unsigned halvings = 0;
	int result = -EINVAL;

	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		leaks_allowed(true);
		errno = 0;
		result = bands_open_once(s, target, halvings);
		leaks_allowed(false);
		if (result == -ESRCH || result == -ENODEV)
			continue;
		if (result != -EPERM && result != -ENOMEM)
			break;
		if (++halvings > STACK_RINGS_HALVINGS)
			break;
	}
	if (result == 0 && halvings)
		note_shrunk(s);
	return result;
}

static void ids_read(struct sampler *s)
{
	for (size_t i = 0; i < BANDS; i++) {
		struct band *b = &s->bands[i];
		struct perf_counts_values values;

		for (int cpu = 0; cpu < b->n_cpus; cpu++)
			for (int task = 0; task < b->n_tasks; task++)
				if (perf_evsel__read(b->event, cpu, task, &values) == 0)
					vec_push(&spec_of(s, i)->ids, values.id);
	}
}

static int refused(const struct sampler *s, const struct target *target, int code,
		   struct error *err)
{
	const char *name = s->specs[0].name;

	switch (code) {
	case EACCES:
	case EPERM:
		return kernel_refusal(target->whole_machine, err);
	case ESRCH:
		if (target->pids.n == 1)
			return error_set(err, "no process %u any more",
					 target->pids.items[0]);
		return error_set(err, "none of the processes is there any more");
	case EMFILE:
	case ENFILE:
		return error_set(err,
				 "too many threads and CPUs for the %llu files that this "
				 "process may have open; a higher 'ulimit -n' allows it",
				 (unsigned long long)kernel_allow_files());
	default:
		errno = code;
		return error_sys(err, "cannot open the event '%s'", name);
	}
}

static int sampler_begin(struct sampler *s, const struct target *target,
			 struct error *err)
{
	int64_t most = kernel_limit("perf_event_max_sample_rate", INT64_MAX);
	int result;

	if (s->frequency == 0 || s->frequency > (uint64_t)most)
		return error_set(err,
				 "%llu samples per second are not possible: "
				 "kernel.perf_event_max_sample_rate is %lld",
				 (unsigned long long)s->frequency, (long long)most);
	s->budget = (struct stack_budget){s->frequency, kernel_cpus(), kernel_memory()};
	kernel_allow_files();
	specs_make(s, target, true);
	result = bands_open(s, target);
	if ((result == -EACCES || result == -EPERM) && !target->whole_machine) {
		specs_make(s, target, false);
		result = bands_open(s, target);
		if (result == 0)
			note(s,
			     "the kernel's part is left out: "
			     "kernel.perf_event_paranoid is %lld",
			     (long long)kernel_limit("perf_event_paranoid", 2));
	}
	if (result < 0)
		return refused(s, target, -result, err);
	ids_read(s);
	return wake_open(&s->wake, s->specs[1].ids.items, s->specs[1].ids.n, err);
}

static int print_nothing(enum libperf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

struct sampler *sampler_open(const struct sampler_options *options, struct target *target,
			     struct error *err)
{
	scoped(sampler_free) struct sampler *s = mem_new(1, sizeof(*s));
	struct sampler *opened;

	libperf_init(print_nothing);
	s->wake = WAKE_CLOSED;
	s->frequency = options->frequency;
	s->stacks = options->stacks;
	s->stack_size = options->stack_size;
	s->starts_on_exec = target->command && !target->whole_machine;
	if (sampler_begin(s, target, err) < 0)
		return NULL;
	opened = s;
	s = NULL;
	return opened;
}

void sampler_free(struct sampler **s)
{
	if (!*s)
		return;
	wake_close(&(*s)->wake);
	for (size_t i = 0; i < BANDS; i++)
		band_close(&(*s)->bands[i]);
	event_spec_release(&(*s)->specs[0]);
	event_spec_release(&(*s)->specs[1]);
	mem_free(*s);
	*s = NULL;
}

const struct event_spec *sampler_events(const struct sampler *s, size_t *n)
{
	*n = array_size(s->specs);
	return s->specs;
}

int sampler_start(struct sampler *s, struct error *err)
{
	/* The side band first: no sample without it. */
	for (size_t i = 0; i < BANDS && !s->starts_on_exec; i++) {
		errno = 0;
		if (perf_evsel__enable(s->bands[i].event) < 0)
			return error_sys(err, "cannot start the event '%s'",
					 spec_of(s, i)->name);
	}
	return 0;
}

void sampler_stop(struct sampler *s)
{
	perf_evlist__disable(s->bands[SAMPLES].events);
	perf_evlist__disable(s->bands[SIDE_BAND].events);
}

/* How long the sample rings can be left alone, even with the longest callchains. */
static int wait_most(const struct sampler *s)
{
	uint64_t size = SAMPLE_SIZE_MOST + stack_size(s);
	uint64_t ms =
		(uint64_t)s->bands[SAMPLES].ring_size * 1000 / (s->frequency * size) / 2;

	if (ms > WAIT_MOST)
		return WAIT_MOST;
	return ms < WAIT_LEAST ? WAIT_LEAST : (int)ms;
}

/* Samples come at a known rate and wait for the clock alone, which wakes less often than
 * their rings would. */
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

static void ring_give_back(struct band *b)
{
	if (b->owed)
		perf_mmap__consume(b->ring);
	b->owed = 0;
}

/* Opens the next ring that has something; false behind the last one. */
static bool ring_next(struct band *b)
{
	if (!b->done)
		b->index = 0;
	while ((b->done = perf_evlist__next_mmap(b->events, b->done, false))) {
		if (b->index == b->rings.n)
			ring_init(vec_add(&b->rings), b->ring_size);
		b->index++;
		if (perf_mmap__read_init(b->done) < 0)
			continue;
		b->ring = b->done;
		b->taken = 0;
		return true;
	}
	return false;
}

static bool band_next(struct band *b, const void **record, size_t *size)
{
	while (b->ring || ring_next(b)) {
		union perf_event *event = NULL;

		if (b->owed >= b->ring_size / CONSUME_SHARE)
			ring_give_back(b);
		/* What arrives while we read is for the next round. */
		if (b->taken < b->ring_size)
			event = perf_mmap__read_event(b->ring);
		if (!event) {
			/* No perf_mmap__read_done(): it would pass over what came just now. */
			ring_give_back(b);
			b->ring = NULL;
			continue;
		}
		*size = event->header.size;
		*record = ring_record(&b->rings.items[b->index - 1], event, *size);
		b->taken += *size;
		b->owed += *size;
		return true;
	}
	return false;
}

bool sampler_next(struct sampler *s, const void **record, size_t *size)
{
	return band_next(&s->bands[SAMPLES], record, size);
}

bool sampler_next_side_band(struct sampler *s, const void **record, size_t *size)
{
	return band_next(&s->bands[SIDE_BAND], record, size);
}

uint64_t sampler_lost(const struct sampler *s)
{
	uint64_t lost = 0;

	if (!(s->specs[0].attr.read_format & PERF_FORMAT_LOST))
		return UINT64_MAX;
	for (size_t i = 0; i < BANDS; i++) {
		const struct band *b = &s->bands[i];
		struct perf_counts_values values;

		for (int cpu = 0; cpu < b->n_cpus; cpu++)
			for (int task = 0; task < b->n_tasks; task++)
				if (perf_evsel__read(b->event, cpu, task, &values) == 0)
					lost += values.lost;
	}
	return lost;
}

const char *sampler_note(const struct sampler *s)
{
	return s->note[0] ? s->note : NULL;
}
