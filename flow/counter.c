#include "flow/counter.h"

#include "base/mem.h"
#include "base/scoped.h"

#include <byteswap.h>
#include <pthread.h>
#include <string.h>

enum { VIEWS = 4096 };

static const struct filter samples_only = {.records = FILTER_SAMPLES};

/* What a thread was when it was last seen, and its root then. */
struct view {
	uint32_t pid, tid;
	struct task_view task;
	uint32_t root;
};

/* One run of one thread. */
struct counting {
	struct counter *counter;
	const struct selection *selection;
	const struct process_table *procs;
	const struct decode_event *events; /* of the recording */
	bool roots_by_thread, is_swapped;
	struct view *views; /* each thread in the one place that it can have */
	struct callchain batch[CALLCHAIN_BATCH]; /* to be counted */
	size_t n_batch;
	VEC(uint64_t) addrs; /* of the chain at hand */
};

void counter_release(struct counter *c)
{
	callchain_table_release(&c->chains);
	slices_release(&c->slices);
	root_table_release(&c->roots);
}

static void counting_release(struct counting *c)
{
	mem_free(c->views);
	vec_release(&c->addrs);
}

static uint64_t mark_of(uint16_t cpumode)
{
	static const uint64_t marks[] = {
		[1] = CALLCHAIN_KERNEL,	    [2] = CALLCHAIN_USER,
		[3] = CALLCHAIN_HV,	    [4] = CALLCHAIN_GUEST_KERNEL,
		[5] = CALLCHAIN_GUEST_USER,
	};

	return cpumode < array_size(marks) && marks[cpumode] ? marks[cpumode]
							     : CALLCHAIN_USER;
}

/* What comes out of the registers and the stack of a sample; false: it has none that say more. */
static bool take_unwound(struct counting *c, const struct event *ev, space_id space,
			 struct callchain *chain)
{
	struct user_stack *stacks = c->counter->stacks;
	size_t n;

	if (!stacks || !user_stack_is_in(&ev->sample))
		return false;
	chain->addrs = user_stack_chain_at_once(
		stacks, ev, c->events[ev->event].regs_user, space, &n);
	chain->n = (uint32_t)n;
	return chain->addrs != NULL;
}

/* The sample's callchain, or its address alone where it has none. It stays in the record where
 * it can be read there, else it is in c->addrs. */
static void take_chain(struct counting *c, const struct sample *s,
		       struct callchain *chain)
{
	if (s->n_chain && !c->is_swapped && (uintptr_t)s->chain % 8 == 0) {
		chain->addrs = s->chain;
		chain->n = s->n_chain;
		return;
	}
	c->addrs.n = 0;
	vec_reserve(&c->addrs, (size_t)s->n_chain + 2);
	if (s->n_chain) {
		c->addrs.n = s->n_chain;
		memcpy(c->addrs.items, s->chain, 8 * (size_t)s->n_chain);
		if (c->is_swapped)
			for (size_t i = 0; i < c->addrs.n; i++)
				c->addrs.items[i] = bswap_64(c->addrs.items[i]);
	} else {
		vec_push(&c->addrs, mark_of(s->cpumode));
		vec_push(&c->addrs, s->addr);
	}
	chain->addrs = c->addrs.items;
	chain->n = (uint32_t)c->addrs.n;
}

static bool is_of_event(const struct counter *c, const struct event *ev)
{
	return ev->kind == EVENT_SAMPLE &&
	       (c->event == COUNTER_ALL_EVENTS || ev->event == c->event);
}

static void note_time(struct counter *c, uint64_t time)
{
	if (!c->first || time < c->first)
		c->first = time;
	if (time > c->last)
		c->last = time;
}

/* When the first sample was taken; needed beforehand only where times are asked for. */
static void find_times(struct counter *c, const struct recording *recording)
{
	scoped(cursor_free) struct cursor *cursor = cursor_new(recording, &samples_only);
	struct error ignored;
	struct event ev;

	while (cursor_next(cursor, &ev, &ignored) > 0)
		if (is_of_event(c, &ev))
			note_time(c, ev.time);
}

/* The slices are of the time that is selected. */
static void cut_time(struct counter *c, const struct selection *s)
{
	uint64_t first = c->first, last = c->last;

	if (s->has_time && s->from < last - first)
		first += s->from;
	if (s->has_time && s->to - 1 < last - c->first)
		last = c->first + s->to - 1;
	slices_cut(&c->slices, first, last);
}

static void count_batch(struct counting *c)
{
	struct slices *slices = &c->counter->slices;
	uint32_t which[CALLCHAIN_BATCH];

	callchain_count(&c->counter->chains, c->batch, c->n_batch, which);
	for (size_t i = 0; slices->n && i < c->n_batch; i++)
		slices_add(slices, which[i], c->batch[i].time, c->batch[i].weight);
	c->n_batch = 0;
}

/* 'stays': the chain is where the next one will not be. */
static void add_to_batch(struct counting *c, const struct callchain *chain, bool stays)
{
	c->batch[c->n_batch++] = *chain;
	if (c->n_batch == CALLCHAIN_BATCH || !stays)
		count_batch(c);
}

static uint32_t root_of(struct counting *c, const struct event *ev, str_id comm)
{
	return selection_root(c->selection, &c->counter->roots, c->procs, ev, comm);
}

/* What the sample's thread was at its time; most samples are of a thread that was seen just now. */
static const struct view *view_of(struct counting *c, const struct event *ev)
{
	struct view *v = &c->views[ev->tid % VIEWS];

	if (v->tid == ev->tid && v->pid == ev->pid && ev->time >= v->task.from &&
	    ev->time < v->task.until)
		return v;
	*v = (struct view){ev->pid, ev->tid,
			   process_view(c->procs, ev->pid, ev->tid, ev->time), ROOT_NONE};
	if (c->roots_by_thread)
		v->root = root_of(c, ev, v->task.comm);
	return v;
}

static void count_sample(struct counting *c, const struct event *ev)
{
	struct callchain chain = {.count = 1, .weight = ev->sample.period};
	const struct view *v;

	note_time(c->counter, ev->time);
	if (!selection_wants(c->selection, ev, c->counter->first))
		return;
	v = view_of(c, ev);
	chain.root = c->roots_by_thread ? v->root : root_of(c, ev, v->task.comm);
	if (chain.root == ROOT_NONE)
		return;
	if (!take_unwound(c, ev, v->task.space, &chain))
		take_chain(c, &ev->sample, &chain);
	chain.time = ev->time;
	chain.space = v->task.space;
	chain.epoch = v->task.epoch;
	add_to_batch(c, &chain, chain.addrs == ev->sample.chain);
}

/* All samples of a span. */
static int count_all(struct counter *counter, const struct recording *recording,
		     struct record_span span, const struct selection *selection,
		     const struct process_table *procs, struct error *err)
{
	scoped(cursor_free) struct cursor *cursor =
		cursor_new_in(recording, &samples_only, span);
	scoped(counting_release) struct counting c = {
		.counter = counter,
		.selection = selection,
		.procs = procs,
		.roots_by_thread = selection_is_by_thread(selection),
		.is_swapped = recording_is_swapped(recording),
		.views = mem_new(VIEWS, sizeof(*c.views)),
	};
	struct event ev;
	size_t n;
	int got;

	c.events = recording_events(recording, &n);
	while ((got = cursor_next(cursor, &ev, err)) > 0)
		if (is_of_event(counter, &ev))
			count_sample(&c, &ev);
	count_batch(&c);
	return got;
}

/* One part of the recording, and what a thread found there. */
struct part {
	pthread_t thread;
	bool is_running;
	const struct recording *recording;
	struct record_span span;
	const struct selection *selection;
	const struct process_table *procs;
	struct counter counter;
	int got;
	struct error err;
};

static void *count_part(void *data)
{
	struct part *p = data;

	p->got = count_all(&p->counter, p->recording, p->span, p->selection, p->procs,
			   &p->err);
	return NULL;
}

/* Takes over what was counted in a part: in the order of the parts that gives what one thread would
 * have found. */
static void merge(struct counter *to, const struct counter *from)
{
	VEC(uint32_t) roots = {0};
	uint32_t *chains = mem_new(from->chains.items.n, sizeof(*chains));
	const struct slice_count *count;
	const struct root *root;

	vec_each(root, &from->roots.items)
		vec_push(&roots, root_table_add(&to->roots, root));
	for (size_t i = 0, n; i < from->chains.items.n; i += n) {
		struct callchain batch[CALLCHAIN_BATCH];

		for (n = 0; n < CALLCHAIN_BATCH && i + n < from->chains.items.n; n++) {
			batch[n] = from->chains.items.items[i + n];
			batch[n].root = roots.items[batch[n].root];
		}
		callchain_count(&to->chains, batch, n, chains + i);
	}
	vec_each(count, &from->slices.counts) {
		vec_push(&to->slices.counts, *count);
		vec_last(&to->slices.counts)->chain = chains[count->chain];
	}
	if (from->last) {
		note_time(to, from->first);
		note_time(to, from->last);
	}
	mem_free(chains);
	vec_release(&roots);
}

static int count_parts(struct counter *counter, const struct part *like,
		       const struct record_span *spans, size_t n, struct error *err)
{
	struct part *parts = mem_new(n, sizeof(*parts));
	int got = 0;

	for (size_t i = 0; i < n; i++) {
		struct part *p = &parts[i];

		*p = *like;
		p->span = spans[i];
		p->counter.event = counter->event;
		p->counter.first = counter->first;
		p->counter.slices.n = counter->slices.n;
		p->counter.slices.start = counter->slices.start;
		p->counter.slices.width = counter->slices.width;
		p->is_running = !pthread_create(&p->thread, NULL, count_part, p);
		if (!p->is_running)
			count_part(p);
	}
	for (size_t i = 0; i < n; i++) {
		struct part *p = &parts[i];

		if (p->is_running)
			pthread_join(p->thread, NULL);
		/* Nothing behind damage counts. */
		if (got == 0) {
			merge(counter, &p->counter);
			*err = p->err;
			got = p->got;
		}
		counter_release(&p->counter);
	}
	mem_free(parts);
	return got;
}

int counter_run(struct counter *counter, const struct recording *recording,
		const struct record_span *spans, size_t n_spans,
		const struct selection *selection, const struct process_table *procs,
		struct error *err)
{
	struct part like = {
		.recording = recording, .selection = selection, .procs = procs};

	if (selection->has_time || counter->slices.n)
		find_times(counter, recording);
	cut_time(counter, selection);
	if (n_spans > 1)
		return count_parts(counter, &like, spans, n_spans, err);
	return count_all(counter, recording, spans[0], selection, procs, err);
}
