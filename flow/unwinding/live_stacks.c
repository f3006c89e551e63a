#include "flow/unwinding/live_stacks.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "flow/live/live_processes.h"
#include "flow/unwinding/sample_memory.h"
#include "flow/unwinding/stack_engine.h"
#include "flow/unwinding/unwind_worker.h"
#include "flow/unwinding/user_stack.h"
#include "flow/unwinding/waiting_samples.h"
#include "record/data/decode.h"
#include "record/data/encode.h"
#include "record/data/event_table.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
	WAIT_MS = 20,	 /* for samples that can be unwound */
	DEATHS_MAX = 16, /* of the other process; then nothing is unwound any more */
	LAST_STEP_MS = 100,
};

#define NS_PER_MS UINT64_C(1000000)

struct live_stacks {
	struct live_stacks_options options;
	char *machine;
	struct event_table events; /* formats of the samples */
	struct live_processes processes;
	struct user_stack *stacks; /* for chains without unwinding */
	struct sample_memory *memory;
	struct file_marks *marks;
	/* One of both unwinds; none of them after too many deaths. */
	struct stack_engine *engine; /* in this process */
	struct unwind_worker *worker;
	int deaths;
	bool is_stuck;		    /* a thread of an earlier worker hangs */
	uint64_t sample_time, time; /* CPU time of earlier workers, ns */

	uint64_t known_until; /* as in struct stack_engine */
	struct waiting_samples queue;
	uint64_t round, last_mark; /* numbers: of this round, and of the last mark */
	uint64_t n_not_unwound;
	uint64_t unwind_until; /* ns, CLOCK_MONOTONIC; 0: no limit */
	VEC(char *) notes;
	struct writer *writer; /* of the call that is under way */
	uint8_t encoded[ENCODE_SAMPLE_MAX];
};

static void chain_done(void *live, uint64_t number, const void *chain, size_t n);

static int sample_formats_read(struct live_stacks *l, const struct event_specs *specs,
			       struct error *err)
{
	const struct event_spec *spec;

	vec_each(spec, &specs->sampling) {
		struct bytes attr = bytes_of(&spec->attr, spec->attr.size);

		if (event_table_add(&l->events, &attr,
				    bytes_of(spec->ids.items, 8 * spec->ids.n), err) < 0)
			return -1;
	}
	return 0;
}

static int worker_begin(struct live_stacks *l, struct error *err)
{
	const struct unwind_worker_options options = {.machine = l->machine,
						      .events = &l->events,
						      .processes = &l->processes,
						      .memory = l->memory,
						      .keeper = l->options.keeper,
						      .marks = l->marks,
						      .file_ns = l->options.file_ns};

	l->worker = unwind_worker_start(&options, err);
	if (l->worker && l->unwind_until)
		unwind_worker_hurry(l->worker, l->unwind_until);
	return l->worker ? 0 : -1;
}

static int engine_begin(struct live_stacks *l, struct error *err)
{
	const struct stack_engine_options options = {.machine = l->machine,
						     .events = &l->events,
						     .processes = &l->processes,
						     .done = chain_done,
						     .data = l};

	l->engine = stack_engine_new(&options, err);
	return l->engine ? 0 : -1;
}

static int live_stacks_prepare(struct live_stacks *l, struct error *err)
{
	if (sample_formats_read(l, l->options.specs, err) < 0)
		return -1;
	l->stacks = user_stack_new(l->machine, &l->processes.table.spaces,
				   &l->processes.dsos, NULL);
	if (!l->stacks)
		return error_set(err, "cannot unwind the stacks of this machine");
	l->memory = sample_memory_new(l->options.queue_size, err);
	if (!l->memory)
		return -1;
	return l->options.keeper ? worker_begin(l, err) : engine_begin(l, err);
}

struct live_stacks *live_stacks_start(const struct live_stacks_options *options,
				      struct error *err)
{
	const struct perf_event_attr *side_band = &options->specs->side_band.attr;
	struct bytes attr = bytes_of(side_band, side_band->size);
	struct decode_event format;
	struct live_stacks *l;

	if (decode_event_read(&format, &attr, err) < 0)
		return NULL;
	l = mem_new(1, sizeof(*l));
	l->options = *options;
	l->machine = mem_str(options->machine, strlen(options->machine));
	l->marks = file_marks_new();
	live_processes_init(&l->processes, &format);
	if (live_stacks_prepare(l, err) < 0)
		live_stacks_free(&l);
	return l;
}

bool live_stacks_free(struct live_stacks **lp)
{
	struct live_stacks *l = *lp;
	bool is_stuck;
	char **note;

	if (!l)
		return true;
	is_stuck = !unwind_worker_stop(&l->worker) || l->is_stuck;
	stack_engine_free(&l->engine);
	user_stack_free(&l->stacks);
	live_processes_release(&l->processes);
	sample_memory_free(&l->memory);
	file_marks_free(&l->marks);
	waiting_samples_release(&l->queue);
	vec_each(note, &l->notes)
		mem_free(*note);
	vec_release(&l->notes);
	event_table_release(&l->events);
	mem_free(l->machine);
	mem_free(l);
	*lp = NULL;
	return !is_stuck;
}

void live_stacks_apply(struct live_stacks *l, const struct event *ev)
{
	process_apply(&l->processes.table, ev);
	if (l->worker)
		unwind_worker_event(l->worker, ev);
}

/* The other process begins with the state of this one, so both must know everything. */
void live_stacks_add_side_band(struct live_stacks *l, const void *records, size_t size)
{
	live_processes_add(&l->processes, records, size);
	if (l->worker)
		unwind_worker_side_band(l->worker, records, size);
}

static const struct decode_event *format_of(const struct live_stacks *l,
					    const struct event *ev)
{
	return &l->events.items.items[ev->event];
}

static void record_decode(const struct live_stacks *l, const void *record, size_t size,
			  struct event *ev)
{
	struct bytes b = bytes_of(record, size);
	struct error ignored;

	*ev = (struct event){.event = event_table_find(&l->events, record, size)};
	if (decode_record(format_of(l, ev), &b, ev, &ignored) < 0)
		ev->kind = EVENT_OTHER;
}

static void sample_write(struct live_stacks *l, const void *record,
			 const struct event *ev, const void *chain, size_t n)
{
	size_t size = encode_sample(l->encoded, format_of(l, ev), record, ev, chain, n);

	writer_record(l->writer, l->encoded, size);
}

/* Encodes a sample without the frames that only its stack has. */
static size_t sample_encode_truncated(struct live_stacks *l, const void *record,
				      const struct event *ev)
{
	size_t n;
	const uint64_t *chain = user_stack_chain_truncated(
		l->stacks, ev, format_of(l, ev)->regs_user, &n);

	return encode_sample(l->encoded, format_of(l, ev), record, ev, chain, n);
}

static void sample_write_truncated(struct live_stacks *l, const void *record,
				   const struct event *ev)
{
	l->n_not_unwound++;
	writer_record(l->writer, l->encoded, sample_encode_truncated(l, record, ev));
}

/* Writes a sample that waited; n = 0: without unwinding. */
static void sample_finish(struct live_stacks *l, struct waiting_sample *it,
			  const void *chain, size_t n)
{
	struct event ev = {.event = it->event, .sample = {.cgroup = it->cgroup}};

	if (n) {
		sample_write(l, it->record, &ev, chain, n);
	} else {
		record_decode(l, it->record, it->size, &ev);
		sample_write_truncated(l, it->record, &ev);
	}
	sample_memory_give_back(l->memory, it->record);
	waiting_samples_remove(&l->queue, it);
}

/* The number may be anything: it comes from the other process. */
static void chain_done(void *live, uint64_t number, const void *chain, size_t n)
{
	struct live_stacks *l = live;
	struct waiting_sample *it = waiting_samples_find(&l->queue, number);

	if (it)
		sample_finish(l, it, chain, n < USER_STACK_CHAIN ? n : USER_STACK_CHAIN);
}

/* Samples that wait are still looked up at their times. */
static void history_forget(struct live_stacks *l)
{
	scoped(sample_times_release) struct sample_times times = {0};

	waiting_samples_times(&l->queue, &times);
	sample_times_finish(&times);
	live_processes_forget(&l->processes, &times, NULL);
}

uint64_t live_stacks_sample_time(const struct live_stacks *l)
{
	if (!l)
		return 0;
	return l->sample_time + (l->worker ? unwind_worker_sample_time(l->worker) : 0);
}

/* Begins another process in the state of this one. It does without the file, or if there
 * is none, without the sample that killed the last one. */
static void worker_replace(struct live_stacks *l)
{
	struct unwind_worker_death death;
	struct waiting_sample *it;
	struct error err;

	l->sample_time = live_stacks_sample_time(l);
	l->time = live_stacks_time(l);
	death = unwind_worker_death(l->worker);
	l->is_stuck |= !unwind_worker_stop(&l->worker);
	vec_push(&l->notes, unwind_worker_death_note(&death, &l->processes));
	it = death.key ? NULL : waiting_samples_find(&l->queue, death.sample);
	if (it)
		sample_finish(l, it, NULL, 0);
	if (++l->deaths > DEATHS_MAX ||
	    (death.key && !file_marks_forbid(l->marks, death.key)) ||
	    worker_begin(l, &err) < 0) {
		vec_push(&l->notes, mem_format("from then on, stacks were not unwound"));
		return;
	}
	vec_each(it, &l->queue.items)
		if (it->record)
			unwind_worker_sample(l->worker, it->number, it->record, it->size);
	unwind_worker_advance(l->worker, l->known_until);
}

static void queue_give_up(struct live_stacks *l)
{
	struct waiting_sample *it;

	vec_each(it, &l->queue.items)
		if (it->record)
			sample_finish(l, it, NULL, 0);
	waiting_samples_shorten(&l->queue);
}

void live_stacks_unwind_until(struct live_stacks *l, uint64_t time)
{
	l->unwind_until = time;
	if (l->worker)
		unwind_worker_hurry(l->worker, time);
}

static bool is_over(const struct live_stacks *l)
{
	return l->unwind_until && clock_now() >= l->unwind_until;
}

static void chains_take(struct live_stacks *l, uint64_t until)
{
	bool is_idle;

	while (l->worker &&
	       !unwind_worker_exchange(l->worker, until, chain_done, l, &is_idle))
		worker_replace(l);
	if (!l->worker && !l->engine)
		queue_give_up(l);
	waiting_samples_shorten(&l->queue);
}

void live_stacks_advance(struct live_stacks *l, uint64_t time, struct writer *w)
{
	assert(time >= l->known_until);
	l->known_until = time;
	l->writer = w;
	if (l->engine) {
		stack_engine_advance(l->engine, time);
		waiting_samples_shorten(&l->queue);
		return;
	}
	live_processes_advance(&l->processes, time);
	if (live_processes_has_grown(&l->processes))
		history_forget(l);
	if (l->worker)
		unwind_worker_advance(l->worker, time);
}

/* Returns false if there is no room. */
static bool queue_add(struct live_stacks *l, const void *record, size_t size,
		      const struct event *ev)
{
	struct waiting_sample it = {.time = ev->time,
				    .round = l->round,
				    .cgroup = ev->sample.cgroup,
				    .pid = ev->pid,
				    .event = ev->event};
	uint64_t number;
	void *copy;

	if (l->queue.bytes + size > l->options.queue_size)
		return false;
	copy = sample_memory_take(l->memory, size);
	if (!copy)
		return false;
	it.size = narrow_u32(encode_sample_trimmed(copy, record, size, &ev->sample));
	sample_memory_shrink(l->memory, copy, it.size);
	it.record = copy;
	number = waiting_samples_add(&l->queue, it);
	if (l->engine)
		stack_engine_add(l->engine, number, copy, it.size);
	else
		unwind_worker_sample(l->worker, number, copy, it.size);
	waiting_samples_shorten(&l->queue);
	return true;
}

void live_stacks_add_record(struct live_stacks *l, const void *record, size_t size,
			    struct writer *w)
{
	struct event ev;

	assert(size <= UINT16_MAX);
	l->writer = w;
	record_decode(l, record, size, &ev);
	if (ev.kind != EVENT_SAMPLE)
		writer_record(w, record, size);
	else if (!user_stack_is_in(&ev.sample))
		sample_write(l, record, &ev, ev.sample.chain, ev.sample.n_chain);
	else if ((!l->engine && !l->worker) || !queue_add(l, record, size, &ev))
		sample_write_truncated(l, record, &ev);
}

void live_stacks_write(struct live_stacks *l, struct writer *w)
{
	if (!l)
		return;
	l->writer = w;
	if (!l->engine) {
		chains_take(l, clock_now() + WAIT_MS * NS_PER_MS);
		return;
	}
	while (stack_engine_make_table(l->engine))
		continue;
	live_stacks_advance(l, l->known_until, w);
}

/* A sample of a round was taken after the rounds before the last one. */
bool live_stacks_ends_round(struct live_stacks *l)
{
	const struct waiting_sample *it;
	uint64_t oldest;

	if (!l)
		return true;
	it = waiting_samples_oldest(&l->queue);
	oldest = it ? it->round : l->round + 1;
	l->round++;
	if (l->last_mark + 2 > oldest)
		return false;
	l->last_mark = l->round - 1;
	return true;
}

void live_stacks_write_waiting(struct live_stacks *l, struct writer *w)
{
	const struct waiting_sample *it;

	vec_each(it, &l->queue.items) {
		struct event ev;

		if (!it->record)
			continue;
		record_decode(l, it->record, it->size, &ev);
		writer_provisional(w, l->encoded,
				   sample_encode_truncated(l, it->record, &ev));
	}
}

size_t live_stacks_waiting(const struct live_stacks *l)
{
	return waiting_samples_count(&l->queue);
}

/* The last step of a worker that was replaced is not known to the next one. */
static void worker_finish(struct live_stacks *l)
{
	int asked = -1;

	while (l->worker && live_stacks_waiting(l) && !is_over(l)) {
		if (asked != l->deaths)
			unwind_worker_end(l->worker);
		asked = l->deaths;
		chains_take(l, clock_now() + LAST_STEP_MS * NS_PER_MS);
	}
}

void live_stacks_end(struct live_stacks *l, struct writer *w)
{
	l->writer = w;
	if (!is_over(l)) {
		live_stacks_advance(l, UINT64_MAX, w);
		if (l->engine)
			stack_engine_end(l->engine);
		worker_finish(l);
	}
	queue_give_up(l);
}

uint64_t live_stacks_not_unwound(const struct live_stacks *l)
{
	return l->n_not_unwound;
}

char *live_stacks_note(const struct live_stacks *l, uint64_t samples, size_t i)
{
	if (i < l->notes.n)
		return mem_str(l->notes.items[i], strlen(l->notes.items[i]));
	if (i > l->notes.n || !l->n_not_unwound)
		return NULL;
	return mem_format("%" PRIu64 " samples (%.1f %%) came faster than they could be "
			  "unwound: their stacks are truncated",
			  l->n_not_unwound,
			  100 * (double)l->n_not_unwound /
				  (double)(samples ? samples : 1));
}

pid_t live_stacks_pid(const struct live_stacks *l)
{
	return l && l->worker ? unwind_worker_pid(l->worker) : 0;
}

uint64_t live_stacks_time(const struct live_stacks *l)
{
	if (!l)
		return 0;
	return l->time + (l->worker ? unwind_worker_time(l->worker) : 0);
}
