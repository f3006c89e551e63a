#include "flow/live_stacks.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "base/thread/mutex.h"
#include "flow/live/live_processes.h"
#include "flow/user_stack.h"
#include "record/data/decode.h"
#include "record/data/encode.h"
#include "record/data/event_table.h"

#include <assert.h>
#include <errno.h>

enum {
	TABLES_SIZE_MAX = 512 << 20, /* bytes of unwind tables */
	/* Each round may make tables that show that others are missing. */
	LAST_ROUNDS = 64,
};

/* A copy of a sample that cannot be unwound yet. */
struct waiting_sample {
	void *record;
	uint32_t size, pid;
	/* tables are missing; 'tables_version' is that of the last attempt */
	bool lacks_tables;
	uint32_t tables_version;
	uint64_t time;
};

/* The thread that makes unwind tables. */
struct table_maker {
	struct unwind_tables *tables;
	pthread_t thread;
	bool is_running;
	pthread_mutex_t lock; /* for the two flags */
	pthread_cond_t changed;
	bool has_work, is_stopped;
};

struct live_stacks {
	struct event_table events; /* formats of the samples */
	struct live_processes processes;
	struct unwind_tables *tables;
	struct user_stack *stacks;
	struct table_maker maker;

	/* ns: the side band is complete and applied up to this time */
	uint64_t known_until;

	VEC(struct waiting_sample) queue;  /* in the order of their arrival */
	size_t queue_size, queue_size_max; /* bytes of records */
	size_t n_lacking_tables;	   /* samples in the queue */
	uint64_t n_not_unwound;
	uint64_t unwind_until; /* ns, CLOCK_MONOTONIC; 0: no limit */
	uint8_t encoded[ENCODE_SAMPLE_MAX];
};

static void table_maker_init(struct table_maker *m, struct unwind_tables *tables)
{
	m->tables = tables;
	mutex_init(&m->lock);
	pthread_cond_init(&m->changed, NULL);
}

static void table_maker_release(struct table_maker *m)
{
	pthread_cond_destroy(&m->changed);
	pthread_mutex_destroy(&m->lock);
}

static void table_maker_wake(struct table_maker *m)
{
	pthread_mutex_lock(&m->lock);
	m->has_work = true;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

/* Waits for work. Returns false when the thread has to end. */
static bool table_maker_wait(struct table_maker *m)
{
	bool is_stopped;

	pthread_mutex_lock(&m->lock);
	while (!m->has_work && !m->is_stopped)
		pthread_cond_wait(&m->changed, &m->lock);
	m->has_work = false;
	is_stopped = m->is_stopped;
	pthread_mutex_unlock(&m->lock);
	return !is_stopped;
}

/* One table at a time, so that the thread can be stopped between two. */
static void *table_maker_main(void *maker)
{
	struct table_maker *m = maker;

	while (table_maker_wait(m))
		if (unwind_tables_make_next(m->tables))
			table_maker_wake(m);
	return NULL;
}

static int table_maker_start(struct table_maker *m, struct error *err)
{
	errno = pthread_create(&m->thread, NULL, table_maker_main, m);
	if (errno)
		return error_sys(err, "cannot start a thread");
	m->is_running = true;
	return 0;
}

static void table_maker_stop(struct table_maker *m)
{
	if (!m->is_running)
		return;
	pthread_mutex_lock(&m->lock);
	m->is_stopped = true;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	m->is_running = false;
}

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

static int live_stacks_prepare(struct live_stacks *l, const struct event_specs *specs,
			       const char *machine, struct error *err)
{
	if (sample_formats_read(l, specs, err) < 0)
		return -1;
	l->stacks = user_stack_new(machine, &l->processes.table.spaces,
				   &l->processes.dsos, l->tables);
	if (!l->stacks)
		return error_set(err, "cannot unwind the stacks of this machine");
	return table_maker_start(&l->maker, err);
}

struct live_stacks *live_stacks_start(const struct event_specs *specs,
				      const char *machine, size_t queue_size,
				      struct dso_keeper *keeper, struct slow_files *slow,
				      struct error *err)
{
	const struct unwind_tables_options options = {.most_bytes = TABLES_SIZE_MAX,
						      .is_live = true,
						      .keeper = keeper,
						      .slow = slow};
	const struct perf_event_attr *side_band = &specs->side_band.attr;
	struct bytes attr = bytes_of(side_band, side_band->size);
	struct decode_event format;
	struct live_stacks *l;

	if (decode_event_read(&format, &attr, err) < 0)
		return NULL;
	l = mem_new(1, sizeof(*l));
	live_processes_init(&l->processes, &format);
	l->queue_size_max = queue_size;
	l->tables = unwind_tables_new(&options, &l->processes.dsos);
	table_maker_init(&l->maker, l->tables);
	if (live_stacks_prepare(l, specs, machine, err) < 0)
		live_stacks_free(&l);
	return l;
}

void live_stacks_free(struct live_stacks **lp)
{
	struct live_stacks *l = *lp;
	struct waiting_sample *it;

	if (!l)
		return;
	table_maker_stop(&l->maker);
	user_stack_free(&l->stacks);
	unwind_tables_free(&l->tables);
	table_maker_release(&l->maker);
	live_processes_release(&l->processes);
	vec_each(it, &l->queue)
		mem_free(it->record);
	vec_release(&l->queue);
	event_table_release(&l->events);
	mem_free(l);
	*lp = NULL;
}

void live_stacks_apply(struct live_stacks *l, const struct event *ev)
{
	process_apply(&l->processes.table, ev);
}

void live_stacks_add_side_band(struct live_stacks *l, const void *records, size_t size)
{
	live_processes_add(&l->processes, records, size);
}

static const struct decode_event *format_of(const struct live_stacks *l,
					    const struct event *ev)
{
	return &l->events.items.items[ev->event];
}

static void sample_write(struct live_stacks *l, const void *record,
			 const struct event *ev, const void *chain, size_t n,
			 struct writer *w)
{
	size_t size = encode_sample(l->encoded, format_of(l, ev), record, ev, chain, n);

	writer_record(w, l->encoded, size);
}

/* Encodes a sample without the frames that only its stack has. */
static size_t sample_encode_truncated(struct live_stacks *l, const void *record,
				      const struct event *ev)
{
	const uint64_t *chain = ev->sample.chain;
	size_t n = ev->sample.n_chain;

	if (user_stack_is_in(&ev->sample))
		chain = user_stack_chain_truncated(l->stacks, ev,
						   format_of(l, ev)->regs_user, &n);
	return encode_sample(l->encoded, format_of(l, ev), record, ev, chain, n);
}

static void sample_write_truncated(struct live_stacks *l, const void *record,
				   const struct event *ev, struct writer *w)
{
	l->n_not_unwound++;
	writer_record(w, l->encoded, sample_encode_truncated(l, record, ev));
}

void live_stacks_unwind_until(struct live_stacks *l, uint64_t time)
{
	l->unwind_until = time;
}

static bool is_over(const struct live_stacks *l)
{
	return l->unwind_until && clock_now() >= l->unwind_until;
}

/* Returns false if tables are missing. */
static bool sample_unwind_and_write(struct live_stacks *l, const void *record,
				    const struct event *ev, struct writer *w)
{
	const struct sample *s = &ev->sample;
	const uint64_t *chain;
	space_id space;
	size_t n;

	if (!user_stack_is_in(s)) {
		sample_write(l, record, ev, s->chain, s->n_chain, w);
		return true;
	}
	if (is_over(l)) {
		sample_write_truncated(l, record, ev, w);
		return true;
	}
	space = process_space(&l->processes.table, ev->pid, ev->time);
	chain = user_stack_chain(l->stacks, ev, format_of(l, ev)->regs_user, space, &n);
	if (chain)
		sample_write(l, record, ev, chain, n, w);
	return chain != NULL;
}

static void record_decode(struct live_stacks *l, const void *record, size_t size,
			  struct event *ev)
{
	struct bytes b = bytes_of(record, size);
	struct error ignored;

	ev->event = event_table_find(&l->events, record, size);
	if (decode_record(format_of(l, ev), &b, ev, &ignored) < 0)
		ev->kind = EVENT_OTHER;
}

/* 'version' is that of the tables before the attempt: some may have been made since
 * then. */
static void sample_wait_for_tables(struct live_stacks *l, struct waiting_sample *it,
				   uint32_t version)
{
	it->lacks_tables = true;
	it->tables_version = version;
	l->n_lacking_tables++;
	table_maker_wake(&l->maker);
}

/* Returns whether the sample was written. */
static bool queue_retry_sample(struct live_stacks *l, struct waiting_sample *it,
			       struct writer *w)
{
	uint32_t version = unwind_tables_update(l->tables);
	struct event ev;

	if (it->time > l->known_until ||
	    (it->lacks_tables && it->tables_version == version))
		return false;
	if (it->lacks_tables)
		l->n_lacking_tables--;
	record_decode(l, it->record, it->size, &ev);
	if (sample_unwind_and_write(l, it->record, &ev, w))
		return true;
	sample_wait_for_tables(l, it, version);
	return false;
}

static void queue_retry(struct live_stacks *l, struct writer *w)
{
	size_t kept = 0;
	struct waiting_sample *it;

	vec_each(it, &l->queue) {
		if (queue_retry_sample(l, it, w)) {
			l->queue_size -= it->size;
			mem_free(it->record);
		} else {
			l->queue.items[kept++] = *it;
		}
	}
	l->queue.n = kept;
}

/* Samples that wait are still looked up at their times. */
static void history_forget(struct live_stacks *l)
{
	scoped(sample_times_release) struct sample_times times = {0};
	const struct waiting_sample *it;

	vec_each(it, &l->queue)
		sample_times_add(&times, it->pid, it->time);
	sample_times_finish(&times);
	live_processes_forget(&l->processes, &times, l->tables);
}

void live_stacks_advance(struct live_stacks *l, uint64_t time, struct writer *w)
{
	assert(time >= l->known_until);
	l->known_until = time;
	live_processes_advance(&l->processes, time);
	queue_retry(l, w);
	if (live_processes_has_grown(&l->processes))
		history_forget(l);
}

static void queue_add(struct live_stacks *l, const void *record, size_t size,
		      const struct event *ev, uint32_t version)
{
	struct waiting_sample it = {.time = ev->time, .pid = ev->pid};

	it.size =
		narrow_u32(encode_sample_trimmed(l->encoded, record, size, &ev->sample));
	it.record = mem_resize(NULL, it.size, 1);
	memcpy(it.record, l->encoded, it.size);
	if (it.time <= l->known_until)
		sample_wait_for_tables(l, &it, version);
	l->queue_size += it.size;
	vec_push(&l->queue, it);
}

void live_stacks_add_record(struct live_stacks *l, const void *record, size_t size,
			    struct writer *w)
{
	uint32_t version = unwind_tables_update(l->tables);
	struct event ev;

	assert(size <= UINT16_MAX);
	record_decode(l, record, size, &ev);
	if (ev.kind != EVENT_SAMPLE) {
		writer_record(w, record, size);
		return;
	}
	if (ev.time <= l->known_until && sample_unwind_and_write(l, record, &ev, w))
		return;
	if (l->queue_size + size <= l->queue_size_max) {
		queue_add(l, record, size, &ev, version);
		return;
	}
	sample_write_truncated(l, record, &ev, w);
}

void live_stacks_write_waiting(struct live_stacks *l, struct writer *w)
{
	const struct waiting_sample *it;

	vec_each(it, &l->queue) {
		struct event ev;

		record_decode(l, it->record, it->size, &ev);
		writer_provisional(w, l->encoded,
				   sample_encode_truncated(l, it->record, &ev));
	}
}

size_t live_stacks_waiting(const struct live_stacks *l)
{
	return l->queue.n;
}

bool live_stacks_lack_tables(const struct live_stacks *l)
{
	return l->n_lacking_tables > 0;
}

void live_stacks_end(struct live_stacks *l, struct writer *w)
{
	const struct waiting_sample *it;

	table_maker_stop(&l->maker);
	live_stacks_advance(l, UINT64_MAX, w);
	for (int i = 0; i < LAST_ROUNDS && l->queue.n && !is_over(l); i++) {
		while (!is_over(l) && unwind_tables_make_next(l->tables))
			;
		queue_retry(l, w);
	}
	/* These need more tables than fit into the memory for tables. */
	vec_each(it, &l->queue) {
		struct event ev;

		record_decode(l, it->record, it->size, &ev);
		sample_write_truncated(l, it->record, &ev, w);
		mem_free(it->record);
	}
	l->queue.n = l->queue_size = l->n_lacking_tables = 0;
}

uint64_t live_stacks_not_unwound(const struct live_stacks *l)
{
	return l->n_not_unwound;
}
