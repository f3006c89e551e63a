#include "cli/pipeline.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "cli/command.h"
#include "cli/formats.h"
#include "cli/options.h"
#include "fold/fold.h"
#include "fold/folded.h"
#include "model/callchain.h"
#include "model/process.h"
#include "record/reader.h"
#include "symbolize/symbolizer.h"

#include <byteswap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All that is needed between a recording and its profile. */
struct loader {
	struct run *run;
	const struct pipeline_options *options;
	struct reader *reader;
	struct process_table processes;
	VEC(struct event) side_band; /* in the order of the file */
	VEC(uint64_t) samples;	     /* of each event */
	uint32_t event;		     /* the one that is looked at */
	uint64_t first, last;	     /* times of its samples */
	struct callchain_table chains;
	VEC(uint64_t) addrs; /* of the chain at hand */
};

void run_init(struct run *run)
{
	*run = (struct run){0};
	profile_init(&run->profile);
	dso_table_init(&run->dsos, &run->profile.strings);
}

void run_release(struct run *run)
{
	char **note;

	vec_each(note, &run->notes)
		mem_free(*note);
	vec_release(&run->notes);
	dso_table_release(&run->dsos);
	conditions_release(&run->conditions);
	profile_release(&run->profile);
}

int run_tell(const struct run *run)
{
	char **note;

	vec_each(note, &run->notes)
		say("%s", *note);
	return run->is_damaged ? fail(&run->damage) : EXIT_DONE;
}

/* The first pass: side-band events are kept for later, because those of different CPUs are not
 * in the order of their times; samples are only counted. */
static void read_side_band(struct loader *l)
{
	struct conditions *c = &l->run->conditions;
	uint64_t lost = 0;
	struct event ev;
	int got;

	while ((got = reader_next(l->reader, &ev, &l->run->damage)) > 0) {
		switch (ev.kind) {
		case EVENT_SAMPLE:
			l->samples.items[ev.event]++;
			break;
		case EVENT_LOST:
		case EVENT_LOST_SAMPLES:
			lost += ev.lost.count;
			break;
		case EVENT_THROTTLE:
			c->throttled++;
			break;
		case EVENT_MMAP:
		case EVENT_COMM:
		case EVENT_FORK:
		case EVENT_KSYMBOL:
		case EVENT_CGROUP:
			vec_push(&l->side_band, ev);
			break;
		default:
			break;
		}
	}
	l->run->is_damaged = got < 0;
	c->lost = lost > c->lost ? lost : c->lost;
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = *(struct event *const *)a, *y = *(struct event *const *)b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void apply_side_band(struct loader *l)
{
	size_t n = l->side_band.n;
	const struct event **order = mem_resize(NULL, n, sizeof(*order));

	for (size_t i = 0; i < n; i++)
		order[i] = &l->side_band.items[i];
	qsort(order, n, sizeof(*order), by_time);
	for (size_t i = 0; i < n; i++)
		process_apply(&l->processes, order[i]);
	mem_free(order);
}

static void choose_event(struct loader *l)
{
	struct conditions *c = &l->run->conditions;
	const struct decode_event *events;
	size_t n, sampled = 0;

	events = reader_events(l->reader, &n);
	for (size_t i = 0; i < n; i++) {
		sampled += l->samples.items[i] > 0;
		if (l->samples.items[i] > l->samples.items[l->event])
			l->event = (uint32_t)i;
	}
	c->event = conditions_text(c, decode_event_name(&events[l->event]));
	c->weight_is_time = decode_event_is_time(&events[l->event]);
	c->frequency = events[l->event].frequency;
	c->samples = l->samples.items[l->event];
	if (sampled > 1)
		vec_push(&l->run->notes, mem_format("%zu events were sampled; this is "
						    "%s, which has most samples",
						    sampled, c->event));
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

/* The sample's callchain into l->addrs; one without is its address alone. */
static void take_chain(struct loader *l, const struct sample *s)
{
	l->addrs.n = 0;
	vec_reserve(&l->addrs, (size_t)s->n_chain + 2);
	if (s->n_chain) {
		l->addrs.n = s->n_chain;
		memcpy(l->addrs.items, s->chain, 8 * (size_t)s->n_chain);
		if (reader_is_swapped(l->reader))
			for (size_t i = 0; i < l->addrs.n; i++)
				l->addrs.items[i] = bswap_64(l->addrs.items[i]);
	} else {
		vec_push(&l->addrs, mark_of(s->cpumode));
		vec_push(&l->addrs, s->addr);
	}
}

/* Chains are told apart by the name of their process; one bit says "idle task". */
static uint32_t root_of(struct loader *l, const struct event *ev)
{
	str_id comm = process_comm(&l->processes, ev->pid, ev->tid, ev->time);
	char unknown[16];

	if (!comm) {
		snprintf(unknown, sizeof(unknown), ":%d", (int)ev->tid);
		comm = strtab_add(&l->run->profile.strings, unknown);
	}
	return comm << 1 | (ev->pid == 0);
}

/* The second pass. */
static void count_samples(struct loader *l)
{
	struct process_table *procs = &l->processes;
	struct error ignored;
	struct event ev;

	reader_rewind(l->reader);
	while (reader_next(l->reader, &ev, &ignored) > 0) {
		struct callchain chain = {
			.count = 1, .weight = ev.sample.period, .time = ev.time};

		if (ev.kind != EVENT_SAMPLE || ev.event != l->event)
			continue;
		take_chain(l, &ev.sample);
		chain.addrs = l->addrs.items;
		chain.n = (uint32_t)l->addrs.n;
		chain.root = root_of(l, &ev);
		chain.space = process_space(procs, ev.pid, ev.time);
		/* Both only ever grow: their sum changes when one of them does. */
		chain.epoch = space_epoch(&procs->spaces, chain.space, ev.time) +
			      space_epoch(&procs->spaces, procs->kernel, ev.time);
		callchain_count(&l->chains, &chain);
		if (!l->first || ev.time < l->first)
			l->first = ev.time;
		if (ev.time > l->last)
			l->last = ev.time;
	}
}

static enum symbolizer_space space_of(uint64_t mark)
{
	if (mark == CALLCHAIN_KERNEL || mark == CALLCHAIN_GUEST_KERNEL)
		return SPACE_KERNEL;
	return mark == CALLCHAIN_HV ? SPACE_HYPERVISOR : SPACE_USER;
}

static void symbolize(struct loader *l, struct symbolizer *s,
		      const struct callchain *chain, struct frame_list *frames)
{
	enum symbolizer_space where = SPACE_USER;
	bool is_return = false;

	frames->items.n = 0;
	for (uint32_t i = 0; i < chain->n; i++) {
		uint64_t addr = chain->addrs[i];
		space_id space =
			where == SPACE_KERNEL ? l->processes.kernel : chain->space;

		if (addr >= CALLCHAIN_CONTEXT_MAX) {
			where = space_of(addr);
			is_return = false;
			continue;
		}
		/* A return address just behind a mapping is more likely garbage on the stack than
		 * a call at the very end of the code. */
		symbolizer_look_up(
			s, space_find(&l->processes.spaces, space, addr, chain->time),
			addr, is_return, where, frames);
		is_return = true;
	}
}

static void fold_chains(struct loader *l, struct symbolizer *s)
{
	struct profile *p = &l->run->profile;
	struct conditions *c = &l->run->conditions;
	struct frame_list frames = {0};
	const struct callchain *chain;

	vec_each(chain, &l->chains.items) {
		struct fold_stack stack = {.count = chain->count,
					   .weight = chain->weight};

		symbolize(l, s, chain, &frames);
		stack.frames = frames.items.items;
		stack.n = frames.items.n;
		if (fold_is_idle(&p->frames, &stack, chain->root & 1)) {
			c->idle_samples += stack.count;
			if (!l->options->idle)
				continue;
		}
		if (stack.n &&
		    frame_at(&p->frames, stack.frames[0])->kind == FRAME_UNKNOWN)
			c->unknown_samples += stack.count;
		stack.root = fold_root(p, strtab_str(&p->strings, chain->root >> 1));
		fold_add(p, &stack);
	}
	vec_release(&frames.items);
}

static void resolve(struct loader *l)
{
	struct symbolizer_options options = {.use_system = true,
					     .is_live = l->options->is_live};
	scoped(symbolizer_free) struct symbolizer *s =
		symbolizer_new(&options, &l->run->dsos, &l->run->profile.frames);
	const char *note;

	fold_chains(l, s);
	for (size_t i = 0; (note = symbolizer_note(s, i)); i++)
		vec_push(&l->run->notes, mem_str(note, strlen(note)));
	symbolizer_store(s);
}

static void loader_release(struct loader *l)
{
	reader_close(&l->reader);
	process_table_release(&l->processes);
	callchain_table_release(&l->chains);
	vec_release(&l->side_band);
	vec_release(&l->samples);
	vec_release(&l->addrs);
}

int run_load_recording(struct run *run, const char *path,
		       const struct pipeline_options *options, struct error *err)
{
	scoped(loader_release) struct loader l = {.run = run, .options = options};
	struct conditions *c = &run->conditions;
	struct error facts;
	size_t events;

	process_table_init(&l.processes, &run->profile.strings, &run->dsos);
	l.reader = reader_open(path, err);
	if (!l.reader)
		return -1;
	if (reader_facts(l.reader, c, &run->dsos, &facts) < 0)
		vec_push(&run->notes, mem_str(facts.text, strlen(facts.text)));
	reader_events(l.reader, &events);
	for (size_t i = 0; i < events; i++)
		vec_push(&l.samples, 0);
	read_side_band(&l);
	apply_side_band(&l);
	choose_event(&l);
	count_samples(&l);
	resolve(&l);
	if (!c->duration)
		c->duration = l.last - l.first;
	return 0;
}

static void note_bad_lines(struct run *run, const struct input *in, size_t bad,
			   size_t first)
{
	const char *what =
		run->format == INPUT_FOLDED ? "folded stack" : "line of perf script";

	if (bad == 1)
		vec_push(&run->notes,
			 mem_format("line %zu of '%s' is no %s", first, in->name, what));
	else if (bad)
		vec_push(&run->notes,
			 mem_format("%zu lines of '%s' are no %s, the first one is "
				    "line %zu",
				    bad, in->name, what, first));
}

static void load_perf_script(struct run *run, const struct input *in, const char *text,
			     size_t size, const struct pipeline_options *options)
{
	struct perf_script_result result;

	perf_script_read(&run->profile, text, size, &options->perf_script, &result);
	note_bad_lines(run, in, result.bad_lines, result.first_bad_line);
	if (result.has_other_events && !options->perf_script.event)
		vec_push(&run->notes,
			 mem_format("several events were sampled; this is %s, the "
				    "first one (--event-filter)",
				    result.event));
	if (*result.event)
		run->conditions.event = conditions_text(&run->conditions, result.event);
}

static int load_text(struct run *run, const struct input *in,
		     const struct pipeline_options *options, struct error *err)
{
	size_t size, bad, first = 0;
	scoped(mem_release) char *text = input_text(in, &size, err);

	if (!text)
		return -1;
	if (run->format == INPUT_UNKNOWN)
		run->format =
			perf_script_knows(text, size) ? INPUT_PERF_SCRIPT : INPUT_FOLDED;
	if (run->format == INPUT_PERF_SCRIPT) {
		load_perf_script(run, in, text, size, options);
		return 0;
	}
	bad = folded_read(&run->profile, text, size, &first);
	if (bad && run->profile.nodes.n == 1)
		return error_set(err, "'%s' is neither a recording nor folded stacks",
				 in->name);
	note_bad_lines(run, in, bad, first);
	return 0;
}

int run_load(struct run *run, const char *path, const struct pipeline_options *options,
	     struct error *err)
{
	scoped(input_release) struct input in;

	if (input_open(&in, path, err) < 0)
		return -1;
	run->format = options->from == INPUT_UNKNOWN ? in.format : options->from;
	if (in.is_empty && options->from == INPUT_UNKNOWN)
		return error_set(err, "'%s' is empty", in.name);
	if (run->format == INPUT_RECORDING)
		return run_load_recording(run, in.path, options, err);
	return load_text(run, &in, options, err);
}
