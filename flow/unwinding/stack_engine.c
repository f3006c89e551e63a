#include "flow/unwinding/stack_engine.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "flow/unwinding/user_stack.h"
#include "record/data/decode.h"

#include <assert.h>
#include <stdatomic.h>

enum {
	TABLES_SIZE_MAX = 512 << 20, /* bytes of unwind tables */
	/* Each round may make tables that show that others are missing. */
	LAST_ROUNDS = 64,
};

/* A sample that cannot be unwound yet. */
struct engine_sample {
	uint64_t number, time;
	const void *record;
	uint32_t size, pid;
	/* tables are missing; 'tables_version' is that of the last attempt */
	bool lacks_tables;
	uint32_t tables_version;
};

struct stack_engine {
	struct stack_engine_options options;
	struct unwind_tables *tables;
	struct user_stack *stacks;
	/* ns: the side band is complete and applied up to this time */
	uint64_t known_until;
	uint64_t table_time;		 /* ns */
	VEC(struct engine_sample) queue; /* in the order of their arrival */
};

struct stack_engine *stack_engine_new(const struct stack_engine_options *options,
				      struct error *err)
{
	const struct unwind_tables_options tables = {.most_bytes = TABLES_SIZE_MAX,
						     .is_live = true,
						     .keeper = options->keeper,
						     .marks = options->marks,
						     .slow = options->slow,
						     .used_key = options->used_key};
	struct stack_engine *e = mem_new(1, sizeof(*e));
	struct live_processes *p = options->processes;

	e->options = *options;
	e->tables = unwind_tables_new(&tables, &p->dsos);
	e->stacks =
		user_stack_new(options->machine, &p->table.spaces, &p->dsos, e->tables);
	if (!e->stacks) {
		error_set(err, "cannot unwind the stacks of this machine");
		stack_engine_free(&e);
	}
	return e;
}

void stack_engine_free(struct stack_engine **ep)
{
	struct stack_engine *e = *ep;

	if (!e)
		return;
	user_stack_free(&e->stacks);
	unwind_tables_free(&e->tables);
	vec_release(&e->queue);
	mem_free(e);
	*ep = NULL;
}

static void word_set(_Atomic(uint64_t) *word, uint64_t value)
{
	if (word)
		atomic_store_explicit(word, value, memory_order_relaxed);
}

static void record_decode(const struct stack_engine *e, const struct engine_sample *it,
			  struct event *ev)
{
	const struct event_table *events = e->options.events;
	struct bytes b = bytes_of(it->record, it->size);
	struct error ignored;

	*ev = (struct event){.event = event_table_find(events, it->record, it->size)};
	if (decode_record(&events->items.items[ev->event], &b, ev, &ignored) < 0)
		ev->kind = EVENT_OTHER;
}

/* Returns false if tables are missing. */
static bool sample_unwind(struct stack_engine *e, const struct engine_sample *it,
			  const struct event *ev)
{
	const struct stack_engine_options *o = &e->options;
	const uint64_t *chain = NULL;
	space_id space;
	size_t n = 0;
	bool waits = false;

	word_set(o->sample, it->number);
	if (ev->kind == EVENT_SAMPLE && user_stack_is_in(&ev->sample)) {
		space = process_space(&o->processes->table, ev->pid, ev->time);
		chain = user_stack_chain(e->stacks, ev,
					 o->events->items.items[ev->event].regs_user,
					 space, &n);
		waits = !chain;
	}
	word_set(o->used_key, 0);
	word_set(o->sample, 0);
	if (!waits)
		o->done(o->data, it->number, chain, n);
	return !waits;
}

void stack_engine_add(struct stack_engine *e, uint64_t number, const void *record,
		      size_t size)
{
	uint32_t version = unwind_tables_update(e->tables);
	struct engine_sample it = {
		.number = number, .record = record, .size = narrow_u32(size)};
	struct event ev;

	assert(number);
	record_decode(e, &it, &ev);
	it.time = ev.time;
	it.pid = ev.pid;
	if (it.time <= e->known_until) {
		if (sample_unwind(e, &it, &ev))
			return;
		it.lacks_tables = true;
		it.tables_version = version;
	}
	vec_push(&e->queue, it);
}

/* Returns whether the sample is done. */
static bool sample_retry(struct stack_engine *e, struct engine_sample *it)
{
	uint32_t version = unwind_tables_update(e->tables);
	struct event ev;

	if (it->time > e->known_until ||
	    (it->lacks_tables && it->tables_version == version))
		return false;
	it->lacks_tables = true;
	it->tables_version = version;
	record_decode(e, it, &ev);
	return sample_unwind(e, it, &ev);
}

/* Samples that wait are still looked up at their times. */
static void history_forget(struct stack_engine *e)
{
	scoped(sample_times_release) struct sample_times times = {0};
	const struct engine_sample *it;

	vec_each(it, &e->queue)
		sample_times_add(&times, it->pid, it->time);
	sample_times_finish(&times);
	live_processes_forget(e->options.processes, &times, e->tables);
}

void stack_engine_advance(struct stack_engine *e, uint64_t time)
{
	size_t kept = 0;
	struct engine_sample *it;

	assert(time >= e->known_until);
	e->known_until = time;
	live_processes_advance(e->options.processes, time);
	vec_each(it, &e->queue)
		if (!sample_retry(e, it))
			e->queue.items[kept++] = *it;
	e->queue.n = kept;
	if (live_processes_has_grown(e->options.processes))
		history_forget(e);
}

bool stack_engine_make_table(struct stack_engine *e)
{
	uint64_t since = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	bool is_made = unwind_tables_make_next(e->tables);

	e->table_time += clock_ns(CLOCK_THREAD_CPUTIME_ID) - since;
	if (is_made && e->options.n_tables)
		atomic_fetch_add(e->options.n_tables, 1);
	return is_made;
}

void stack_engine_end(struct stack_engine *e)
{
	const struct engine_sample *it;

	stack_engine_advance(e, UINT64_MAX);
	for (int i = 0; i < LAST_ROUNDS && e->queue.n; i++) {
		while (stack_engine_make_table(e))
			continue;
		stack_engine_advance(e, UINT64_MAX);
	}
	/* These need more tables than fit into the memory for tables. */
	vec_each(it, &e->queue)
		e->options.done(e->options.data, it->number, NULL, 0);
	e->queue.n = 0;
}

uint64_t stack_engine_table_time(const struct stack_engine *e)
{
	return e->table_time;
}
