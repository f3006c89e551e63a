#include "flow/live_stacks.h"

#include "base/mutex.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "flow/user_stack.h"
#include "model/process.h"
#include "record/data/decode.h"
#include "record/data/encode.h"
#include "record/data/event_table.h"
#include "record/data/stream.h"

#include <errno.h>

enum {
	TABLES_MOST = 512 << 20, /* bytes of rules */
	LAST_ROUNDS = 64,	 /* in each of which some rules turn out to be missing */
};

/* A copy of a sample. */
struct waiting {
	void *record;
	uint32_t size;
	uint32_t version; /* of the rules when it lacked some */
	bool lacks_rules;
	uint64_t time;
};

/* The thread that makes rules. */
struct maker {
	struct unwind_tables *tables;
	pthread_t thread;
	bool is_running;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_asked, is_stopped; /* under the lock */
};

struct live_stacks {
	struct event_table events; /* formats of samples */
	struct decode_event side_band;
	struct strtab strings;
	struct dso_table dsos;
	struct process_table processes;
	struct unwind_tables *tables;
	struct user_stack *stacks;
	struct maker maker;

	uint64_t known_until, applied_until;
	VEC(uint8_t) records, later; /* of the side band, not applied yet */
	VEC(struct event) told;	     /* those that are about to be */

	VEC(struct waiting) waiting; /* in the order of their arrival */
	size_t waiting_bytes, waiting_most, behind;
	uint64_t hasty;
	uint8_t encoded[ENCODE_SAMPLE_MAX];
};

static void maker_ask(struct maker *m)
{
	pthread_mutex_lock(&m->lock);
	m->is_asked = true;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

static void *make_tables(void *maker)
{
	struct maker *m = maker;

	for (;;) {
		bool is_stopped;

		pthread_mutex_lock(&m->lock);
		while (!m->is_asked && !m->is_stopped)
			pthread_cond_wait(&m->changed, &m->lock);
		m->is_asked = false;
		is_stopped = m->is_stopped;
		pthread_mutex_unlock(&m->lock);
		if (is_stopped)
			return NULL;
		if (unwind_tables_make_next(m->tables))
			maker_ask(m);
	}
}

static void maker_stop(struct maker *m)
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

static int formats_read(struct live_stacks *l, const struct event_specs *specs,
			struct error *err)
{
	const struct event_spec *spec = &specs->side_band;
	struct bytes attr = bytes_of(&spec->attr, spec->attr.size);

	if (decode_event_read(&l->side_band, &attr, err) < 0)
		return -1;
	vec_each(spec, &specs->sampling) {
		attr = bytes_of(&spec->attr, spec->attr.size);
		if (event_table_add(&l->events, &attr,
				    bytes_of(spec->ids.items, 8 * spec->ids.n), err) < 0)
			return -1;
	}
	return 0;
}

static int start(struct live_stacks *l, const struct event_specs *specs,
		 const char *machine, struct error *err)
{
	if (formats_read(l, specs, err) < 0)
		return -1;
	l->stacks = user_stack_new(machine, &l->processes.spaces, &l->dsos, l->tables);
	if (!l->stacks)
		return error_set(err, "stacks of this machine cannot be unwound");
	errno = pthread_create(&l->maker.thread, NULL, make_tables, &l->maker);
	if (errno)
		return error_sys(err, "cannot start a thread");
	l->maker.is_running = true;
	return 0;
}

struct live_stacks *live_stacks_start(const struct event_specs *specs,
				      const char *machine, size_t waiting_most,
				      struct dso_keeper *keeper, struct error *err)
{
	const struct unwind_tables_options options = {
		.most_bytes = TABLES_MOST, .is_live = true, .keeper = keeper};
	struct live_stacks *l = mem_new(1, sizeof(*l));

	strtab_init(&l->strings);
	dso_table_init(&l->dsos, &l->strings);
	process_table_init(&l->processes, &l->strings, &l->dsos);
	mutex_init(&l->maker.lock);
	pthread_cond_init(&l->maker.changed, NULL);
	l->waiting_most = waiting_most;
	l->tables = l->maker.tables = unwind_tables_new(&options, &l->dsos);
	if (start(l, specs, machine, err) < 0)
		live_stacks_free(&l);
	return l;
}

void live_stacks_free(struct live_stacks **lp)
{
	struct live_stacks *l = *lp;
	struct waiting *it;

	if (!l)
		return;
	maker_stop(&l->maker);
	user_stack_free(&l->stacks);
	unwind_tables_free(&l->tables);
	pthread_cond_destroy(&l->maker.changed);
	pthread_mutex_destroy(&l->maker.lock);
	process_table_release(&l->processes);
	dso_table_release(&l->dsos);
	strtab_release(&l->strings);
	vec_each(it, &l->waiting)
		mem_free(it->record);
	vec_release(&l->waiting);
	event_table_release(&l->events);
	vec_release(&l->records);
	vec_release(&l->later);
	vec_release(&l->told);
	mem_free(l);
	*lp = NULL;
}

void live_stacks_apply(struct live_stacks *l, const struct event *ev)
{
	process_apply(&l->processes, ev);
}

void live_stacks_side_band(struct live_stacks *l, const void *records, size_t size)
{
	vec_reserve(&l->records, size);
	memcpy(l->records.items + l->records.n, records, size);
	l->records.n += size;
}

/* Those of different CPUs are not in the order of their times; one that is newer may be told
 * before an older one that has yet to come. */
static void apply_side_band(struct live_stacks *l)
{
	struct bytes left = bytes_of(l->records.items, l->records.n);
	struct stream_record record;
	const struct event *ev;
	struct error ignored;

	if (!l->records.n)
		return;
	l->told.n = l->later.n = 0;
	vec_reserve(&l->later, l->records.n);
	while (stream_cut(&left, &record) > 0) {
		struct bytes b = record.bytes;
		struct event *last = vec_add(&l->told);

		if (decode_record(&l->side_band, &b, last, &ignored) < 0) {
			l->told.n--;
		} else if (last->time > l->known_until) {
			memcpy(l->later.items + l->later.n, record.bytes.data,
			       record.bytes.size);
			l->later.n += record.bytes.size;
			l->told.n--;
		} else if (last->time < l->applied_until) {
			/* Its CPU took its time to write it down. */
			last->time = l->applied_until;
		}
	}
	l->applied_until = l->known_until;
	sort_items(l->told.items, l->told.n, sizeof(*l->told.items),
		   offsetof(struct event, time));
	vec_each(ev, &l->told)
		process_apply(&l->processes, ev);
	memcpy(l->records.items, l->later.items, l->later.n);
	l->records.n = l->later.n;
}

static const struct decode_event *format_of(const struct live_stacks *l,
					    const struct event *ev)
{
	return &l->events.items.items[ev->event];
}

static void write_sample(struct live_stacks *l, const void *record,
			 const struct event *ev, const void *chain, size_t n,
			 struct writer *w)
{
	size_t size = encode_sample(l->encoded, format_of(l, ev), record, ev, chain, n);

	writer_record(w, l->encoded, size);
}

static void write_bare(struct live_stacks *l, const void *record, const struct event *ev,
		       struct writer *w)
{
	const uint64_t *chain;
	size_t n;

	l->hasty++;
	if (!user_stack_is_in(&ev->sample)) {
		write_sample(l, record, ev, ev->sample.chain, ev->sample.n_chain, w);
		return;
	}
	chain = user_stack_bare_chain(l->stacks, ev, format_of(l, ev)->regs_user, &n);
	write_sample(l, record, ev, chain, n, w);
}

/* False where rules are missing. */
static bool unwind_and_write(struct live_stacks *l, const void *record,
			     const struct event *ev, struct writer *w)
{
	const struct sample *s = &ev->sample;
	const uint64_t *unwound;
	space_id space;
	size_t n;

	if (!user_stack_is_in(s)) {
		write_sample(l, record, ev, s->chain, s->n_chain, w);
		return true;
	}
	space = process_space(&l->processes, ev->pid, ev->time);
	unwound = user_stack_chain(l->stacks, ev, format_of(l, ev)->regs_user, space, &n);
	if (unwound)
		write_sample(l, record, ev, unwound, n, w);
	return unwound != NULL;
}

static void decode(struct live_stacks *l, const void *record, size_t size,
		   struct event *ev)
{
	struct bytes b = bytes_of(record, size);
	struct error ignored;

	ev->event = event_table_find(&l->events, record, size);
	if (decode_record(format_of(l, ev), &b, ev, &ignored) < 0)
		ev->kind = EVENT_OTHER;
}

/* 'version' is of the rules before they turned out to be missing: some may be there by now. */
static void wait_for_rules(struct live_stacks *l, struct waiting *it, uint32_t version)
{
	it->lacks_rules = true;
	it->version = version;
	l->behind++;
	maker_ask(&l->maker);
}

/* Whether one that waited has been written. */
static bool try_again(struct live_stacks *l, struct waiting *it, struct writer *w)
{
	uint32_t version = unwind_tables_update(l->tables);
	struct event ev;

	if (it->time > l->known_until || (it->lacks_rules && it->version == version))
		return false;
	if (it->lacks_rules)
		l->behind--;
	decode(l, it->record, it->size, &ev);
	if (unwind_and_write(l, it->record, &ev, w))
		return true;
	wait_for_rules(l, it, version);
	return false;
}

static void try_all_again(struct live_stacks *l, struct writer *w)
{
	size_t kept = 0;
	struct waiting *it;

	vec_each(it, &l->waiting) {
		if (try_again(l, it, w)) {
			l->waiting_bytes -= it->size;
			mem_free(it->record);
		} else {
			l->waiting.items[kept++] = *it;
		}
	}
	l->waiting.n = kept;
}

void live_stacks_known_until(struct live_stacks *l, uint64_t time, struct writer *w)
{
	l->known_until = time;
	apply_side_band(l);
	try_all_again(l, w);
}

static void keep_waiting(struct live_stacks *l, const void *record, size_t size,
			 const struct event *ev, uint32_t version)
{
	struct waiting it = {.time = ev->time};

	it.size = (uint32_t)encode_sample_trimmed(l->encoded, record, size, &ev->sample);
	it.record = mem_resize(NULL, it.size, 1);
	memcpy(it.record, l->encoded, it.size);
	if (it.time <= l->known_until)
		wait_for_rules(l, &it, version);
	l->waiting_bytes += it.size;
	vec_push(&l->waiting, it);
}

void live_stacks_record(struct live_stacks *l, const void *record, size_t size,
			struct writer *w)
{
	uint32_t version = unwind_tables_update(l->tables);
	struct event ev;

	decode(l, record, size, &ev);
	if (ev.kind != EVENT_SAMPLE) {
		writer_record(w, record, size);
		return;
	}
	if (ev.time <= l->known_until && unwind_and_write(l, record, &ev, w))
		return;
	if (l->waiting_bytes + size <= l->waiting_most) {
		keep_waiting(l, record, size, &ev, version);
		return;
	}
	write_bare(l, record, &ev, w);
}

bool live_stacks_is_behind(const struct live_stacks *l)
{
	return l->behind > 0;
}

void live_stacks_end(struct live_stacks *l, struct writer *w)
{
	const struct waiting *it;

	maker_stop(&l->maker);
	live_stacks_known_until(l, UINT64_MAX, w);
	for (int i = 0; i < LAST_ROUNDS && l->waiting.n; i++) {
		while (unwind_tables_make_next(l->tables))
			;
		try_all_again(l, w);
	}
	/* Rules that are larger than all the memory for rules. */
	vec_each(it, &l->waiting) {
		struct event ev;

		decode(l, it->record, it->size, &ev);
		write_bare(l, it->record, &ev, w);
		mem_free(it->record);
	}
	l->waiting.n = l->waiting_bytes = l->behind = 0;
}

uint64_t live_stacks_dropped_to_fp(const struct live_stacks *l)
{
	return l->hasty;
}
