#include "flow/side_band_pass.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "base/vec.h"

/* Lost records by the kernel's two ways of counting them. */
struct losses {
	uint64_t by_rings;  /* EVENT_LOST */
	uint64_t by_events; /* EVENT_LOST_SAMPLES */
};

/* Events wait here until all of them are read, because their times are not in order. */
struct side_band_events {
	VEC(struct event) items; /* in the order of the file */
	struct losses samples, side_band;
	uint64_t lost_aux;
	uint64_t throttled;
};

static void side_band_events_release(struct side_band_events *e)
{
	vec_release(&e->items);
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

/* Keeps an event. Its text is interned, so that the pages of the file can be dropped. */
static void events_add(struct side_band_events *e, struct event *ev,
		       struct strtab *strings)
{
	const char **text = event_text(ev);

	if (text)
		*text = strtab_str(strings, strtab_add(strings, *text));
	vec_push(&e->items, *ev);
}

static struct losses *losses_of(struct side_band_events *e, const struct event *ev)
{
	return ev->lost.is_side_band ? &e->side_band : &e->samples;
}

static void event_read(struct side_band_events *e, struct event *ev,
		       struct strtab *strings)
{
	switch (ev->kind) {
	case EVENT_LOST:
		losses_of(e, ev)->by_rings += ev->lost.count;
		break;
	case EVENT_LOST_SAMPLES:
		losses_of(e, ev)->by_events += ev->lost.count;
		break;
	case EVENT_LOST_AUX:
		e->lost_aux++;
		break;
	case EVENT_THROTTLE:
		e->throttled++;
		break;
	case EVENT_MMAP:
	case EVENT_COMM:
	case EVENT_FORK:
	case EVENT_KSYMBOL:
	case EVENT_CGROUP:
		events_add(e, ev, strings);
		break;
	case EVENT_EXIT:
	case EVENT_BPF:
	case EVENT_UNTHROTTLE:
	case EVENT_SAMPLE:
	case EVENT_OTHER:
	case EVENT_KINDS:
		break;
	}
}

static void events_apply(const struct side_band_events *e,
			 const struct side_band_pass *pass)
{
	size_t n = e->items.n;
	scoped(mem_release) struct sort_item *order = mem_resize(NULL, n, sizeof(*order));

	for (size_t i = 0; i < n; i++)
		order[i] = (struct sort_item){e->items.items[i].time, narrow_u32(i)};
	sort_by_key(order, n);
	for (size_t i = 0; i < n; i++) {
		const struct event *ev = &e->items.items[order[i].index];

		process_apply(pass->processes, ev);
		if (pass->jit)
			jit_keeper_saw(pass->jit, ev);
	}
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
	run_info->throttled += e->throttled;
}

int side_band_pass_run(const struct side_band_pass *pass, struct cursor *cursor,
		       struct error *damage)
{
	scoped(side_band_events_release) struct side_band_events events = {0};
	struct event ev;
	int more;

	while ((more = cursor_next(cursor, &ev, damage)) > 0)
		event_read(&events, &ev, pass->processes->strings);
	losses_store(&events, pass->run_info);
	events_apply(&events, pass);
	return more;
}
