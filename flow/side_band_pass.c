#include "flow/side_band_pass.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "base/sum.h"
#include "base/vec.h"

/* Lost records by the kernel's two ways of counting them. */
struct losses {
	uint64_t by_rings;  /* EVENT_LOST */
	uint64_t by_events; /* EVENT_LOST_SAMPLES */
};

enum { DSOS_KEPT = 4096 };

/* Events wait here until many more are read, because their times are not in order. */
struct side_band_events {
	VEC(struct event) items; /* in the order of the file */
	struct strtab texts;	 /* of the events */
	bool is_long;
	size_t n_dsos; /* after the last dsos_forget() */
	struct losses samples, side_band;
	uint64_t lost_aux, aux_bytes;
	uint64_t throttled, text_pokes;
	bool has_overflow; /* losses of 2^64 or more */
};

static void side_band_events_release(struct side_band_events *e)
{
	vec_release(&e->items);
	strtab_release(&e->texts);
}

/* The pointer to the event's text, or NULL if this kind of event has none. */
static const char **event_text(struct event *ev)
{
	if (ev->kind == EVENT_MMAP)
		return &ev->mmap.path;
	if (ev->kind == EVENT_COMM)
		return &ev->comm.comm;
	if (ev->kind == EVENT_KSYMBOL)
		return &ev->ksymbol.name;
	return ev->kind == EVENT_CGROUP ? &ev->cgroup.path : NULL;
}

/* Moves the event's text to 'texts': it is valid until the next event. */
static void event_text_keep(struct event *ev, struct strtab *texts)
{
	const char **text = event_text(ev);

	if (text)
		*text = strtab_str(texts, strtab_add(texts, *text));
}

static void events_add(struct side_band_events *e, struct event *ev)
{
	event_text_keep(ev, &e->texts);
	vec_push(&e->items, *ev);
}

static struct losses *losses_of(struct side_band_events *e, const struct event *ev)
{
	return ev->lost.is_side_band ? &e->side_band : &e->samples;
}

static void event_read(struct side_band_events *e, struct event *ev)
{
	switch (ev->kind) {
	case EVENT_LOST:
		sum_add(&losses_of(e, ev)->by_rings, ev->lost.count, &e->has_overflow);
		break;
	case EVENT_LOST_SAMPLES:
		sum_add(&losses_of(e, ev)->by_events, ev->lost.count, &e->has_overflow);
		break;
	case EVENT_AUX:
		sum_add(&e->aux_bytes, ev->aux.size, &e->has_overflow);
		e->lost_aux += ev->aux.is_incomplete;
		break;
	case EVENT_TEXT_POKE:
		e->text_pokes++;
		break;
	case EVENT_THROTTLE:
		e->throttled++;
		break;
	case EVENT_MMAP:
	case EVENT_COMM:
	case EVENT_FORK:
	case EVENT_KSYMBOL:
	case EVENT_CGROUP:
	case EVENT_EXIT:
		events_add(e, ev);
		break;
	case EVENT_BPF:
	case EVENT_UNTHROTTLE:
	case EVENT_SAMPLE:
	case EVENT_OTHER:
	case EVENT_KINDS:
		break;
	}
}

/* Applies all events but the 'n_left' last ones by time. Returns the time of the first of
 * these, or the time of the last event. */
static uint64_t events_apply(struct side_band_events *e,
			     const struct side_band_pass *pass, size_t n_left)
{
	size_t n = e->items.n, kept = 0;
	scoped(mem_release) struct sort_item *order = mem_resize(NULL, n, sizeof(*order));
	uint64_t time = 0;

	for (size_t i = 0; i < n; i++)
		order[i] = (struct sort_item){e->items.items[i].time, narrow_u32(i)};
	sort_by_key(order, n);
	for (size_t i = 0; i < n - n_left; i++) {
		struct event *ev = &e->items.items[order[i].index];

		process_apply(pass->processes, ev);
		if (pass->jit)
			jit_keeper_saw(pass->jit, ev);
		time = ev->time;
		ev->kind = EVENT_OTHER;
	}
	if (n_left)
		time = order[n - n_left].key;
	for (size_t i = 0; i < n; i++)
		if (e->items.items[i].kind != EVENT_OTHER)
			e->items.items[kept++] = e->items.items[i];
	e->items.n = kept;
	return time;
}

/* Drops the texts of events that were applied. */
static void texts_forget(struct side_band_events *e)
{
	struct strtab left;
	struct event *ev;

	strtab_init(&left);
	vec_each(ev, &e->items)
		event_text_keep(ev, &left);
	strtab_release(&e->texts);
	e->texts = left;
}

static void dsos_forget(struct side_band_events *e, const struct side_band_pass *pass)
{
	struct dso_table *dsos = pass->processes->dsos;
	size_t n = dsos->items.n;
	scoped(mem_release) bool *is_used = NULL;

	if (n - dsos->free.n < 2 * (e->n_dsos + DSOS_KEPT))
		return;
	is_used = mem_new(n, sizeof(*is_used));
	space_table_mark_dsos(&pass->processes->spaces, is_used);
	dso_table_forget(dsos, is_used, DSOS_KEPT);
	e->n_dsos = n - dsos->free.n;
}

/* Makes room for more events. In a long recording most processes have no sample: their
 * state is dropped when they have ended. */
static void window_move(struct side_band_events *e, const struct side_band_pass *pass)
{
	uint64_t time = events_apply(e, pass, SIDE_BAND_WINDOW / 2);

	texts_forget(e);
	if (!e->is_long)
		early_count_start(pass->early);
	e->is_long = true;
	if (pass->early->is_used)
		time = early_count_until(pass->early, time);
	if (!process_table_has_grown(pass->processes))
		return;
	process_table_forget(pass->processes, time, &pass->early->needed);
	dsos_forget(e, pass);
}

/* Newer versions of perf write a record of both kinds for one loss. */
static uint64_t lost_at_least(const struct losses *l)
{
	return l->by_events > l->by_rings ? l->by_events : l->by_rings;
}

static void raise_to(uint64_t *n, uint64_t least)
{
	if (*n < least)
		*n = least;
}

static void losses_store(const struct side_band_events *e, struct run_info *run_info)
{
	struct losses samples = e->samples;
	uint64_t side_band = lost_at_least(&e->side_band);

	/* perf has one ring for all events, which counts their losses together. */
	samples.by_rings -= e->side_band.by_events < samples.by_rings
				    ? e->side_band.by_events
				    : samples.by_rings;
	raise_to(&run_info->lost, lost_at_least(&samples));
	raise_to(&run_info->lost_side_band, side_band);
	run_info->lost_aux += e->lost_aux;
	run_info->aux_bytes += e->aux_bytes;
	run_info->throttled += e->throttled;
	run_info->text_pokes += e->text_pokes;
	run_info->has_overflow |= e->has_overflow;
}

int side_band_pass_run(const struct side_band_pass *pass, struct cursor *cursor,
		       struct error *damage)
{
	scoped(side_band_events_release) struct side_band_events events = {0};
	struct event ev;
	int more;

	strtab_init(&events.texts);
	while ((more = cursor_next(cursor, &ev, damage)) > 0) {
		event_read(&events, &ev);
		if (events.items.n == SIDE_BAND_WINDOW)
			window_move(&events, pass);
	}
	losses_store(&events, pass->run_info);
	events_apply(&events, pass, 0);
	if (more == 0 && events.is_long && pass->early->is_used)
		early_count_until(pass->early, UINT64_MAX);
	process_table_finish(pass->processes);
	return more;
}
