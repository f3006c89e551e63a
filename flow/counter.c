#include "flow/counter.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"

#include <assert.h>
#include <byteswap.h>
#include <pthread.h>
#include <string.h>

enum {
	THREAD_VIEWS = 4096,
	KEY_STACK = 8, /* words of a stack that are part of a sample's key */
	COUNT_MAX =
		65536, /* samples that one may stand for; flame's rates are within it */
};

static const struct filter samples_only = {.records = FILTER_SAMPLES};

/* State of a sampled thread at its last sample, and the root of the thread then. */
struct thread_view {
	uint32_t pid, tid;
	struct task_view task;
	uint32_t root;
};

/* The work of one thread of ours: it counts the samples of one span. */
struct span_count {
	struct counter *counter;
	const struct selection *selection;
	const struct process_table *processes;
	const struct run_info *run_info;
	const struct decode_event *events; /* of the recording */
	bool roots_by_thread, is_swapped;
	struct thread_view *views; /* THREAD_VIEWS; the index is the tid modulo that */
	struct callchain batch[CALLCHAIN_BATCH]; /* not counted yet */
	size_t n_batch;
	VEC(uint64_t) addrs; /* of the batch, one chain after the other */
};

void counter_release(struct counter *c)
{
	callchain_table_release(&c->chains);
	slices_release(&c->slices);
	root_table_release(&c->roots);
}

static void span_count_release(struct span_count *s)
{
	mem_free(s->views);
	vec_release(&s->addrs);
}

/* The kernel's numbers are PERF_RECORD_MISC_CPUMODE_*. */
static uint64_t mark_of_cpumode(uint16_t cpumode)
{
	static const uint64_t marks[] = {
		[1] = CALLCHAIN_KERNEL,	    [2] = CALLCHAIN_USER,
		[3] = CALLCHAIN_HV,	    [4] = CALLCHAIN_GUEST_KERNEL,
		[5] = CALLCHAIN_GUEST_USER,
	};

	return cpumode < array_size(marks) && marks[cpumode] ? marks[cpumode]
							     : CALLCHAIN_USER;
}

/* Whether a chain is known to its outermost frame. */
static bool is_whole(const uint64_t *chain, size_t n)
{
	return n && !callchain_is_mark(chain[n - 1]);
}

/* Stores the chain of a sample with a stack in 'to', which has room for SAVED_STACK_MAX
 * words: the chain that the recording has saved, if it is whole, else the better of that
 * chain and the one that is unwound here, where files may be missing. */
static size_t chain_find(struct span_count *s, const struct event *ev, space_id space,
			 uint64_t key, uint64_t *to)
{
	struct user_stack *stacks = s->counter->stacks;
	const struct saved_stacks *saved = &s->run_info->stacks;
	size_t n_saved = saved->stacks.n ? saved_stacks_find(saved, key, to) : 0;
	const uint64_t *addrs = NULL;
	size_t n;

	if (stacks && !is_whole(to, n_saved))
		addrs = user_stack_chain_at_once(
			stacks, ev, s->events[ev->event].regs_user, space, &n);
	if (!addrs || (n < n_saved && !is_whole(addrs, n)))
		return n_saved;
	memcpy(to, addrs, n * sizeof(*addrs));
	return n;
}

/* The key of a sample with a stack. Its first bytes serve samples without a time. */
static uint64_t key_of(const struct event *ev, uint64_t registers)
{
	const struct sample *s = &ev->sample;
	const uint64_t words[] = {ev->time, (uint64_t)ev->pid << 32 | ev->tid, ev->event,
				  s->addr};
	size_t n = s->stack_size / 8 < KEY_STACK ? s->stack_size / 8 : KEY_STACK;
	uint64_t key = saved_stacks_key(0, words, array_size(words));

	key = saved_stacks_key(key, s->regs, (size_t)__builtin_popcountll(registers));
	return saved_stacks_key(key, s->stack, n);
}

/* Unwinds the stack of a sample and appends its chain to the addresses of the batch.
 * Returns its length, 0 if the sample has no stack, or if it cannot be unwound. */
static uint32_t chain_unwind(struct span_count *s, const struct event *ev, space_id space)
{
	uint64_t key, *to;
	size_t n;

	_Static_assert((int)SAVED_STACK_MAX == (int)USER_STACK_CHAIN, "chains fit");
	if (!user_stack_is_in(&ev->sample))
		return 0;
	key = key_of(ev, s->events[ev->event].regs_user);
	vec_reserve(&s->addrs, SAVED_STACK_MAX);
	to = s->addrs.items + s->addrs.n;
	n = chain_find(s, ev, space, key, to);
	if (n && s->counter->keeps)
		saved_stacks_add(s->counter->keeps, key, to, n);
	s->addrs.n += n;
	return narrow_u32(n);
}

/* Appends the chain of a sample to the addresses of the batch: a sample is valid only
 * until the next one is read. Its words may be misaligned or in the other byte order. */
static uint32_t chain_copy(struct span_count *s, const struct sample *sample)
{
	uint64_t *to;

	if (!sample->n_chain) {
		vec_push(&s->addrs, mark_of_cpumode(sample->cpumode));
		vec_push(&s->addrs, sample->addr);
		return 2;
	}
	vec_reserve(&s->addrs, sample->n_chain);
	to = s->addrs.items + s->addrs.n;
	memcpy(to, sample->chain, 8 * (size_t)sample->n_chain);
	if (s->is_swapped)
		for (size_t i = 0; i < sample->n_chain; i++)
			to[i] = bswap_64(to[i]);
	s->addrs.n += sample->n_chain;
	return sample->n_chain;
}

void counter_add_time(struct counter *c, uint64_t time)
{
	if (!c->first || time < c->first)
		c->first = time;
	if (time > c->last)
		c->last = time;
}

/* Finds the times of the first and the last sample. This reads the recording once more,
 * so it is done only if slices or a selection by time need them. */
static void times_find(struct counter *c, const struct recording *recording)
{
	scoped(cursor_free) struct cursor *cursor = cursor_new(recording, &samples_only);
	size_t n_events;
	const struct decode_event *events = recording_events(recording, &n_events);
	struct error ignored;
	struct event ev;

	while (cursor_next(cursor, &ev, &ignored) > 0)
		if (event_choice_has(&c->event, events, ev.event))
			counter_add_time(c, ev.time);
}

/* Slices divide the selected time only. */
void counter_begin(struct counter *c, const struct selection *selection)
{
	uint64_t first = c->first, last = c->last;

	if (selection->has_time && selection->from < last - first)
		first += selection->from;
	if (selection->has_time && selection->to - 1 < last - c->first)
		last = c->first + selection->to - 1;
	slices_cut(&c->slices, first, last);
}

static void batch_count(struct span_count *s)
{
	struct slices *slices = &s->counter->slices;
	const uint64_t *addrs = s->addrs.items;
	uint32_t chains[CALLCHAIN_BATCH];

	for (size_t i = 0; i < s->n_batch; i++) {
		s->batch[i].addrs = addrs;
		addrs += s->batch[i].n;
	}
	callchain_count(&s->counter->chains, s->batch, s->n_batch, chains);
	for (size_t i = 0; slices->n && i < s->n_batch; i++)
		slices_add(slices, chains[i], s->batch[i].time, s->batch[i].count,
			   s->batch[i].weight);
	s->n_batch = 0;
	s->addrs.n = 0;
}

void counter_add(struct counter *c, const struct callchain *chain)
{
	uint32_t index;

	callchain_count(&c->chains, chain, 1, &index);
	if (c->slices.n)
		slices_add(&c->slices, index, chain->time, chain->count, chain->weight);
}

static uint32_t root_of_sample(struct span_count *s, const struct event *ev, str_id comm)
{
	return selection_root(s->selection, &s->counter->roots, s->processes, ev, comm);
}

/* The state of the sample's thread at that time. Most samples are of a thread that was
 * sampled shortly before, so its state is kept. */
static const struct thread_view *thread_view_find(struct span_count *s,
						  const struct event *ev)
{
	struct thread_view *v = &s->views[ev->tid % THREAD_VIEWS];

	if (v->tid == ev->tid && v->pid == ev->pid && ev->time >= v->task.from &&
	    ev->time < v->task.until)
		return v;
	*v = (struct thread_view){ev->pid, ev->tid,
				  process_view(s->processes, ev->pid, ev->tid, ev->time),
				  ROOT_NONE};
	if (s->roots_by_thread)
		v->root = root_of_sample(s, ev, v->task.comm);
	return v;
}

/* A sample that was taken at a lower rate counts for those that were left out, so that
 * all parts of the recording have their share. */
uint64_t counter_samples_of(const struct decode_event *events,
			    const struct run_info *run_info, const struct event *ev)
{
	uint64_t period = events[ev->event].clock_period, times;

	if (!period)
		return run_info_divisor(run_info, ev->time);
	times = ev->sample.period / period;
	return times && times <= COUNT_MAX && ev->sample.period % period == 0 ? times : 1;
}

static void sample_count(struct span_count *s, const struct event *ev)
{
	struct callchain chain = {.count = counter_samples_of(s->events, s->run_info, ev),
				  .weight = ev->sample.period};
	const struct thread_view *v;

	counter_add_time(s->counter, ev->time);
	if (!selection_wants(s->selection, ev, s->counter->first))
		return;
	v = thread_view_find(s, ev);
	chain.root = s->roots_by_thread ? v->root : root_of_sample(s, ev, v->task.comm);
	if (chain.root == ROOT_NONE)
		return;
	chain.n = chain_unwind(s, ev, v->task.space);
	if (!chain.n)
		chain.n = chain_copy(s, &ev->sample);
	chain.time = ev->time;
	chain.space = v->task.space;
	chain.epoch = v->task.epoch;
	s->batch[s->n_batch++] = chain;
	if (s->n_batch == CALLCHAIN_BATCH)
		batch_count(s);
}

static int span_run(struct counter *counter, const struct counter_input *input,
		    struct record_span span, struct error *err)
{
	scoped(cursor_free) struct cursor *cursor =
		cursor_new_in(input->recording, &samples_only, span);
	scoped(span_count_release) struct span_count s = {
		.counter = counter,
		.selection = input->selection,
		.processes = input->processes,
		.run_info = input->run_info,
		.roots_by_thread = selection_is_by_thread(input->selection),
		.is_swapped = recording_is_swapped(input->recording),
		.views = mem_new(THREAD_VIEWS, sizeof(*s.views)),
	};
	struct event ev;
	size_t n_events, n = 0;
	int more;

	s.events = recording_events(input->recording, &n_events);
	while ((more = cursor_next(cursor, &ev, err)) > 0) {
		bool is_done = n < input->n_done && input->is_done[n];

		n++;
		if (!is_done && event_choice_has(&counter->event, s.events, ev.event))
			sample_count(&s, &ev);
	}
	batch_count(&s);
	return more;
}

/* A span with its thread and its result. */
struct span_job {
	pthread_t thread;
	bool is_running;
	const struct counter_input *input;
	struct record_span span;
	struct counter counter;
	int result;
	struct error err;
};

static void *span_job_main(void *data)
{
	struct span_job *job = data;

	job->result = span_run(&job->counter, job->input, job->span, &job->err);
	return NULL;
}

static void span_job_start(struct span_job *job, const struct counter *all)
{
	/* Threads write to their own counter only: cut slices, no counts yet. */
	job->counter = (struct counter){
		.event = all->event,
		.first = all->first,
		.slices = {.n = all->slices.n,
			   .start = all->slices.start,
			   .width = all->slices.width},
	};
	job->is_running = !pthread_create(&job->thread, NULL, span_job_main, job);
	if (!job->is_running)
		span_job_main(job);
}

static void slices_merge(struct slices *to, const struct slices *from,
			 const uint32_t *chains)
{
	const struct slice_count *count;

	vec_each(count, &from->counts) {
		vec_push(&to->counts, *count);
		vec_last(&to->counts)->chain = chains[count->chain];
	}
}

/* Adds the counts of a span. In the order of the spans this gives the result of one
 * thread. */
static void counter_merge(struct counter *to, const struct counter *from)
{
	size_t n_chains = from->chains.items.n;
	scoped(mem_release) uint32_t *chains = mem_new(n_chains, sizeof(*chains));
	scoped(mem_release) uint32_t *roots =
		mem_new(from->roots.items.n, sizeof(*roots));

	for (size_t i = 0; i < from->roots.items.n; i++)
		roots[i] = root_table_add(&to->roots, &from->roots.items.items[i]);
	for (size_t i = 0, n; i < n_chains; i += n) {
		struct callchain batch[CALLCHAIN_BATCH];

		for (n = 0; n < CALLCHAIN_BATCH && i + n < n_chains; n++) {
			batch[n] = from->chains.items.items[i + n];
			batch[n].root = roots[batch[n].root];
		}
		callchain_count(&to->chains, batch, n, chains + i);
	}
	to->chains.has_overflow |= from->chains.has_overflow;
	slices_merge(&to->slices, &from->slices, chains);
	if (from->last) {
		counter_add_time(to, from->first);
		counter_add_time(to, from->last);
	}
}

static int spans_run(struct counter *counter, const struct counter_input *input,
		     struct error *err)
{
	scoped(mem_release) struct span_job *jobs =
		mem_new(input->n_spans, sizeof(*jobs));
	int result = 0;

	for (size_t i = 0; i < input->n_spans; i++) {
		jobs[i].input = input;
		jobs[i].span = input->spans[i];
		span_job_start(&jobs[i], counter);
	}
	for (size_t i = 0; i < input->n_spans; i++) {
		struct span_job *job = &jobs[i];

		if (job->is_running)
			pthread_join(job->thread, NULL);
		/* Samples after damage are not counted. */
		if (result == 0) {
			counter_merge(counter, &job->counter);
			*err = job->err;
			result = job->result;
		}
		counter_release(&job->counter);
	}
	return result;
}

int counter_run(struct counter *counter, const struct counter_input *input,
		struct error *err)
{
	assert(input->n_spans > 0);
	assert(!counter->stacks || input->n_spans == 1);
	assert(!counter->chains.items.n || input->n_done);
	assert(!input->n_done || input->n_spans == 1);
	if (!input->n_done && (input->selection->has_time || counter->slices.n))
		times_find(counter, input->recording);
	if (!input->n_done)
		counter_begin(counter, input->selection);
	assert(input->n_spans == 1 || process_table_is_finished(input->processes));
	if (input->n_spans > 1)
		return spans_run(counter, input, err);
	return span_run(counter, input, input->spans[0], err);
}
