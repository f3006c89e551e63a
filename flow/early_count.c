#include "flow/early_count.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "flow/event_choice.h"
#include "symbolize/jit_process.h"

#include <assert.h>
#include <byteswap.h>
#include <string.h>

enum {
	/* Mappings of a process that are searched for memory without a file. */
	MAPPINGS_MAX = 512,
};

/* Samples that come later than that after others of their time need their process until
 * the end: the rings of all CPUs are read several times a second. */
#define LATE 1000000000ull /* ns */

static const struct filter samples_only = {.records = FILTER_SAMPLES};

void early_count_release(struct early_count *e)
{
	cursor_free(&e->cursor);
	sample_times_release(&e->needed);
	file_space_release(&e->files);
	vec_release(&e->event_samples);
	vec_release(&e->addrs);
	vec_release(&e->is_done);
}

static void sample_is_needed(struct early_count *e, const struct event *ev)
{
	sample_times_add(&e->needed, ev->pid, ev->time);
	if (ev->tid != ev->pid)
		sample_times_add(&e->needed, ev->tid, ev->time);
}

/* Times of the samples of one event. */
struct event_times {
	uint64_t first, last;
};

/* Reads all samples. Those that are needed are all of them if 'all', else the late ones.
 * Returns whether the recording is whole. */
static bool samples_read(struct early_count *e, bool all, struct event_times *times)
{
	scoped(cursor_free) struct cursor *cursor =
		cursor_new(e->recording, &samples_only);
	uint64_t latest = 0;
	struct error ignored;
	struct event ev;
	int more;

	while ((more = cursor_next(cursor, &ev, &ignored)) > 0) {
		struct event_times *t = &times[ev.event];

		if (all || ev.time + LATE < latest)
			sample_is_needed(e, &ev);
		if (ev.time > latest)
			latest = ev.time;
		if (!t->first || ev.time < t->first)
			t->first = ev.time;
		if (ev.time > t->last)
			t->last = ev.time;
	}
	sample_times_finish(&e->needed);
	for (size_t i = 0; i < e->event_samples.n; i++)
		e->event_samples.items[i] = cursor_samples(cursor, narrow_u32(i));
	return more == 0;
}

/* As after the second pass (counter_run()). */
static void times_store(struct early_count *e, const struct event_times *times)
{
	struct counter *c = e->counter;
	const struct decode_event *events;
	size_t n;

	events = recording_events(e->recording, &n);
	for (uint32_t i = 0; i < n; i++)
		if (event_choice_has(&c->event, events, i) && times[i].last) {
			counter_add_time(c, times[i].first);
			counter_add_time(c, times[i].last);
		}
}

void early_count_start(struct early_count *e)
{
	scoped(mem_release) struct event_times *times = NULL;
	struct event_counts counts;
	struct error ignored;

	counts.events = recording_events(e->recording, &counts.n);
	times = mem_new(counts.n, sizeof(*times));
	vec_reserve(&e->event_samples, counts.n);
	e->event_samples.n = counts.n;
	e->is_used = samples_read(e, e->is_refused, times) && !e->is_refused;
	counts.samples = e->event_samples.items;
	if (e->is_used && event_choice_find(&counts, e->selection->event,
					    &e->counter->event, &ignored) < 0)
		e->is_used = false;
	if (!e->is_used && !e->is_refused) {
		sample_times_release(&e->needed);
		e->needed = (struct sample_times){0};
		samples_read(e, true, times);
	}
	if (!e->is_used)
		return;
	times_store(e, times);
	counter_begin(e->counter, e->selection);
	file_space_begin(&e->files, &e->processes->spaces);
	e->cursor = cursor_new(e->recording, &samples_only);
}

/* JIT code is named when all of the recording is read, by the state of its process. */
static bool may_have_jit_code(const struct early_count *e, const struct task_view *task)
{
	const struct space_table *spaces = &e->processes->spaces;
	const struct mapping_node *node = space_next(spaces, task->space, 0);

	for (int n = 0; node; node = space_next(spaces, task->space, node->end))
		if (++n > MAPPINGS_MAX ||
		    jit_process_may_have(
			    strtab_str(e->processes->dsos->strings,
				       dso_at(e->processes->dsos, node->map.dso)->path)))
			return true;
	return false;
}

/* The address in the space of files; 0: it has none. */
static uint64_t user_addr(struct early_count *e, space_id space, uint64_t addr,
			  uint64_t time)
{
	struct space_table *spaces = &e->processes->spaces;
	const struct mapping *m = space_find(spaces, space, addr, time);
	struct mapping found;

	if (callchain_is_mark(addr))
		return addr;
	/* A vdso at a low address is that of a 32-bit program. */
	if (!m || (dso_at(e->processes->dsos, m->dso)->kind == DSO_VDSO &&
		   m->start <= UINT32_MAX))
		return 0;
	found = *m;
	return file_space_addr(&e->files, spaces, &found, addr);
}

/* Stores the chain with addresses in the space of files. Returns false if it cannot. */
static bool chain_translate(struct early_count *e, const struct event *ev, space_id space)
{
	bool is_swapped = recording_is_swapped(e->recording), is_user = true;
	const struct sample *sample = &ev->sample;

	e->addrs.n = 0;
	for (size_t i = 0; i < sample->n_chain; i++) {
		uint64_t addr;

		memcpy(&addr, (const char *)sample->chain + 8 * i, sizeof(addr));
		if (is_swapped)
			addr = bswap_64(addr);
		if (addr >= CALLCHAIN_CONTEXT_MAX) {
			if (addr != CALLCHAIN_USER && addr != CALLCHAIN_KERNEL)
				return false;
			is_user = addr == CALLCHAIN_USER;
		} else if (is_user) {
			addr = user_addr(e, space, addr, ev->time);
			if (!addr)
				return false;
		}
		vec_push(&e->addrs, addr);
	}
	return e->addrs.n;
}

/* Returns whether the sample needs no second pass: it is counted, or not selected. */
static bool sample_count(struct early_count *e, const struct event *ev)
{
	struct process_table *t = e->processes;
	struct counter *c = e->counter;
	uint64_t from = 0, until = UINT64_MAX;
	struct callchain chain;
	struct task_view task;
	const struct decode_event *events;
	size_t n_events;

	events = recording_events(e->recording, &n_events);
	if (!event_choice_has(&c->event, events, ev->event) ||
	    !selection_wants(e->selection, ev, c->first))
		return true;
	/* The record with the path of a cgroup may come later. */
	if (!selection_is_by_thread(e->selection) && ev->sample.cgroup &&
	    !process_cgroup(t, ev->sample.cgroup))
		return false;
	task = process_view(t, ev->pid, ev->tid, ev->time);
	if (task.space == SPACE_NONE || task.space == t->outside || !task.comm ||
	    may_have_jit_code(e, &task) || !chain_translate(e, ev, task.space))
		return false;
	chain = (struct callchain){
		.addrs = e->addrs.items,
		.n = narrow_u32(e->addrs.n),
		.root = selection_root(e->selection, &c->roots, t, ev, task.comm),
		.space = e->files.space,
		.epoch = space_epoch(&t->spaces, t->kernel, ev->time, &from, &until),
		.time = ev->time,
		.weight = ev->sample.period,
		.count = counter_samples_of(events, e->run_info, ev),
	};
	if (chain.root != ROOT_NONE)
		counter_add(c, &chain);
	return true;
}

uint64_t early_count_until(struct early_count *e, uint64_t time)
{
	struct error ignored;

	assert(e->is_used);
	while (e->has_next || cursor_next(e->cursor, &e->next, &ignored) > 0) {
		bool is_done;

		e->has_next = e->next.time >= time;
		if (e->has_next)
			break;
		is_done = sample_count(e, &e->next);
		vec_push(&e->is_done, is_done);
		if (is_done)
			continue;
		e->n_left++;
		sample_is_needed(e, &e->next);
	}
	sample_times_finish(&e->needed);
	return time > LATE ? time - LATE : 0;
}
