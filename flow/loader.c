#include "flow/loader.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "base/sort.h"
#include "base/threads.h"
#include "flow/counter.h"
#include "flow/map_gaps.h"
#include "fold/fold.h"
#include "model/process.h"
#include "record/data/cursor.h"
#include "symbolize/dso_label.h"
#include "symbolize/jit_names.h"
#include "symbolize/symbolizer.h"

#include <string.h>
#include <sys/utsname.h>

enum {
	KNOWN_ADDRS = 1 << 16,
	AHEAD_CHAINS =
		8192, /* that tell which files to read; the others are of the same */
};

#define NO_NODE UINT32_MAX

/* An address that was looked up before, and the frames it meant. */
struct known_addr {
	uint64_t addr;
	space_id space;
	uint32_t epoch;
	uint32_t first; /* of loader.known_frames */
	uint16_t n;	/* 0: nothing stands here */
	bool is_return;
};

/* All that is needed between a recording and its profile. */
struct loader {
	struct input_data *run;
	const struct load_options *options;
	struct recording *recording;
	struct cursor *side_band_cursor; /* has passed all records */
	struct process_table processes;
	VEC(struct event) side_band; /* in the order of the file */
	struct counter counter;
	struct unwind_tables *tables; /* where samples carry stacks */
	VEC(frame_id) root_frames;    /* of all roots, n_root_frames each */
	size_t n_root_frames;

	struct jit_keeper *keeper; /* of its own */
	struct jit_names *jit;
	struct symbolizer *symbolizer;
	struct known_addr *known; /* each address in the one place that it can have */
	struct frame_list known_frames;
	struct frame_list frames; /* of the chain at hand */
	struct fold_path path;
	VEC(node_id) nodes; /* of each chain, NO_NODE: in none, its CPU was idle */
	struct truncated_counts truncated;
};

/* Has a kept event point to text that is ours: each string once, and the pages of the file need
 * not come back for it. */
static void keep_text(struct loader *l, struct event *ev)
{
	struct strtab *strings = &l->run->profile.strings;
	const char **text;

	switch (ev->kind) {
	case EVENT_MMAP:
		text = &ev->mmap.path;
		break;
	case EVENT_COMM:
		text = &ev->comm.comm;
		break;
	case EVENT_KSYMBOL:
		text = &ev->ksymbol.name;
		break;
	case EVENT_CGROUP:
		text = &ev->cgroup.path;
		break;
	default:
		return;
	}
	*text = strtab_str(strings, strtab_add(strings, *text));
}

/* The first pass: side-band events are kept for later, because those of different CPUs are not
 * in the order of their times; samples are only counted. */
static void read_side_band(struct loader *l)
{
	struct run_info *c = &l->run->run_info;
	uint64_t lost = 0, lost_samples = 0;
	struct event ev;
	int got;

	l->side_band_cursor =
		cursor_new(l->recording, &(struct filter){.records = FILTER_SIDE_BAND});
	while ((got = cursor_next(l->side_band_cursor, &ev, &l->run->damage)) > 0) {
		switch (ev.kind) {
		case EVENT_LOST:
			lost += ev.lost.count;
			break;
		case EVENT_LOST_SAMPLES:
			lost_samples += ev.lost.count;
			break;
		case EVENT_THROTTLE:
			c->throttled++;
			break;
		case EVENT_MMAP:
		case EVENT_COMM:
		case EVENT_FORK:
		case EVENT_KSYMBOL:
		case EVENT_CGROUP:
			keep_text(l, &ev);
			vec_push(&l->side_band, ev);
			break;
		default:
			break;
		}
	}
	l->run->is_damaged = got < 0;
	/* Newer perfs tell of one loss in records of both kinds. */
	lost = lost_samples > lost ? lost_samples : lost;
	c->lost = lost > c->lost ? lost : c->lost;
}

static void apply_side_band(struct loader *l)
{
	size_t n = l->side_band.n;
	struct sort_item *order = mem_resize(NULL, n, sizeof(*order));

	for (size_t i = 0; i < n; i++)
		order[i] = (struct sort_item){l->side_band.items[i].time, (uint32_t)i};
	sort_by_key(order, n);
	for (size_t i = 0; i < n; i++) {
		const struct event *ev = &l->side_band.items[order[i].index];

		process_apply(&l->processes, ev);
		if (l->keeper)
			jit_keeper_saw(l->keeper, ev);
	}
	mem_free(order);
	vec_release(&l->side_band);
}

/* "cycles" is also what "cycles:u" and "cycles:ppp" are called. */
static bool is_named(const struct decode_event *e, const char *wanted)
{
	const char *name = decode_event_name(e);
	size_t len = strlen(wanted);

	return strncmp(name, wanted, len) == 0 && (!name[len] || name[len] == ':');
}

/* The event that was asked for, else the one with most samples. */
static int choose_event(struct loader *l, struct error *err)
{
	const char *wanted = l->options->selection.event;
	const struct decode_event *events;
	size_t n;

	events = recording_events(l->recording, &n);
	if (wanted && strcmp(wanted, "all") == 0) {
		l->counter.event = COUNTER_ALL_EVENTS;
		return 0;
	}
	for (size_t i = 0; i < n && wanted; i++)
		if (is_named(&events[i], wanted)) {
			l->counter.event = (uint32_t)i;
			return 0;
		}
	if (wanted)
		return error_set(err, "the recording has no event '%s'", wanted);
	for (uint32_t i = 0; i < n; i++)
		if (cursor_samples(l->side_band_cursor, i) >
		    cursor_samples(l->side_band_cursor, l->counter.event))
			l->counter.event = i;
	return 0;
}

static void describe_event(struct loader *l)
{
	struct run_info *c = &l->run->run_info;
	const struct decode_event *events, *e;
	size_t n, sampled = 0;

	events = recording_events(l->recording, &n);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t samples = cursor_samples(l->side_band_cursor, i);

		sampled += samples > 0;
		if (l->counter.event == COUNTER_ALL_EVENTS || l->counter.event == i)
			c->samples += samples;
	}
	if (l->counter.event == COUNTER_ALL_EVENTS) {
		c->event = run_info_text(c, "all events");
		return;
	}
	e = &events[l->counter.event];
	c->event = run_info_text(c, decode_event_name(e));
	c->weight_is_time = decode_event_is_time(e);
	c->frequency = e->frequency;
	if (sampled > 1 && !l->options->selection.event)
		vec_push(&l->run->notes,
			 mem_format("%zu events were sampled; this is %s, which has most "
				    "samples (--event chooses)",
				    sampled, c->event));
}

static enum symbolizer_space space_of(uint64_t mark)
{
	if (mark == CALLCHAIN_KERNEL || mark == CALLCHAIN_GUEST_KERNEL)
		return SPACE_KERNEL;
	return mark == CALLCHAIN_HV ? SPACE_HYPERVISOR : SPACE_USER;
}

/* "[unknown x]" -> "[unknown x <7f12…>]", for the last frame that was looked up. */
static void show_addr(struct loader *l, uint64_t addr)
{
	struct profile *p = &l->run->profile;
	frame_id *last = vec_last(&l->known_frames.items);
	struct frame frame = *frame_at(&p->frames, *last);
	const char *name = frame_name(&p->frames, *last);
	scoped(mem_release) char *text = NULL;

	if (frame.kind != FRAME_UNKNOWN)
		return;
	text = mem_format("%.*s <%llx>]", (int)strcspn(name, "]"), name,
			  (unsigned long long)addr);
	frame.name = strtab_add(&p->strings, text);
	*last = frame_add(&p->frames, &frame);
}

/* Asks where the address lies, and then whoever knows that place. */
static void ask(struct loader *l, const struct callchain *chain, uint64_t addr,
		bool is_return, enum symbolizer_space where, space_id space)
{
	/* A return address just behind a mapping is more likely garbage on the stack than a
	 * call at the very end of the code. */
	const struct mapping *m =
		space_find(&l->processes.spaces, space, addr, chain->time);
	frame_id made;

	if (where == SPACE_USER &&
	    jit_names_look_up(l->jit, space, m, addr, is_return, chain->time, &made))
		vec_push(&l->known_frames.items, made);
	else
		symbolizer_look_up(l->symbolizer, m, addr, is_return, where,
				   &l->known_frames);
}

/* Where what is known of an address is kept; false where that is of another one, or nothing. */
static inline bool find_known(const struct loader *l, const struct known_addr *like,
			      struct known_addr **at)
{
	uint64_t hash = hash_u64(like->addr << 1 | like->is_return,
				 (uint64_t)like->space << 32 | like->epoch);
	struct known_addr *k = &l->known[hash & (KNOWN_ADDRS - 1)];

	*at = k;
	return k->n && k->addr == like->addr && k->space == like->space &&
	       k->epoch == like->epoch && k->is_return == like->is_return;
}

/* The frame that stands for one of flame's own marks. */
static frame_id mark_frame(struct loader *l, uint64_t mark)
{
	static const char *const names[] = {
		[CALLCHAIN_TRUNCATED - CALLCHAIN_TRUNCATED] = "[truncated stack]",
		[CALLCHAIN_BROKEN - CALLCHAIN_TRUNCATED] = "[broken stack]",
		[CALLCHAIN_MISSING - CALLCHAIN_TRUNCATED] = "[missing frames]",
		[CALLCHAIN_32_BIT - CALLCHAIN_TRUNCATED] = "[32-bit stack]",
	};
	struct profile *p = &l->run->profile;
	str_id name = strtab_add(&p->strings, names[mark - CALLCHAIN_TRUNCATED]);

	return frame_add(&p->frames,
			 &(struct frame){.name = name, .kind = FRAME_UNKNOWN});
}

/* One address of a chain; what it means is remembered for the chains to come. */
static void look_up(struct loader *l, const struct callchain *chain,
		    const struct known_addr *wanted, enum symbolizer_space where)
{
	size_t first = l->known_frames.items.n;
	struct known_addr *k;

	if (!find_known(l, wanted, &k)) {
		if (callchain_is_mark(wanted->addr)) {
			vec_push(&l->known_frames.items, mark_frame(l, wanted->addr));
		} else {
			ask(l, chain, wanted->addr, wanted->is_return, where,
			    wanted->space);
			if (l->options->addrs)
				show_addr(l, wanted->addr);
		}
		*k = *wanted;
		k->first = (uint32_t)first;
		k->n = (uint16_t)(l->known_frames.items.n - first);
	}
	for (uint32_t i = 0; i < k->n; i++)
		vec_push(&l->frames.items, l->known_frames.items.items[k->first + i]);
}

/* A stack that is not whole counts once: as truncated if that is how it ends, else as broken. */
static void count_marks(struct loader *l, const struct callchain *chain)
{
	struct run_info *c = &l->run->run_info;
	uint64_t last = chain->n ? chain->addrs[chain->n - 1] : 0;
	bool is_broken = false;

	for (uint32_t i = 0; i < chain->n && !is_broken; i++)
		is_broken = callchain_is_mark(chain->addrs[i]);
	if (last == CALLCHAIN_TRUNCATED)
		c->truncated_samples += chain->count;
	else if (is_broken)
		c->broken_samples += chain->count;
	truncated_add(&l->truncated, chain->root, chain->count,
		      last == CALLCHAIN_TRUNCATED);
}

/* Only tells that it will be looked up. */
static void expect(struct loader *l, const struct callchain *chain,
		   const struct known_addr *wanted)
{
	const struct mapping *m;
	struct known_addr *k;

	if (find_known(l, wanted, &k))
		return;
	*k = *wanted;
	k->n = 1;
	m = space_find(&l->processes.spaces, wanted->space, wanted->addr, chain->time);
	if (m)
		symbolizer_expect(l->symbolizer, m, wanted->addr, wanted->is_return);
}

static void symbolize(struct loader *l, const struct callchain *chain, bool is_ahead)
{
	enum symbolizer_space where = SPACE_USER;
	struct known_addr wanted = {.space = chain->space, .epoch = chain->epoch};

	l->frames.items.n = 0;
	for (uint32_t i = 0; i < chain->n; i++) {
		if (chain->addrs[i] >= CALLCHAIN_CONTEXT_MAX) {
			where = space_of(chain->addrs[i]);
			wanted.space = where == SPACE_KERNEL ? l->processes.kernel
							     : chain->space;
			wanted.is_return = false;
			continue;
		}
		wanted.addr = chain->addrs[i];
		if (is_ahead)
			expect(l, chain, &wanted);
		else
			look_up(l, chain, &wanted, where);
		wanted.is_return = true;
	}
}

/* So that the files of several dsos are read at once. */
static void read_ahead(struct loader *l)
{
	const struct callchain *chains = l->counter.chains.items.items;
	size_t n = l->counter.chains.items.n, step = n / AHEAD_CHAINS + 1;

	if (threads_wanted() < 2 || !symbolizer_may_read_ahead(l->symbolizer))
		return;
	for (size_t i = 0; i < n; i += step)
		symbolize(l, &chains[i], true);
	symbolizer_read_ahead(l->symbolizer);
	memset(l->known, 0, KNOWN_ADDRS * sizeof(*l->known));
}

static node_id fold_chain(struct loader *l, const struct callchain *chain)
{
	const struct root *root = &l->counter.roots.items.items[chain->root];
	struct run_info *c = &l->run->run_info;
	struct profile *p = &l->run->profile;
	struct fold_stack stack = {.count = chain->count, .weight = chain->weight};

	symbolize(l, chain, false);
	stack.frames = l->frames.items.items;
	stack.n = l->frames.items.n;
	if (fold_is_idle(&p->frames, &stack, root->is_idle_task)) {
		c->idle_samples += stack.count;
		if (!l->options->idle)
			return NO_NODE;
	}
	if (stack.n && frame_at(&p->frames, stack.frames[0])->kind == FRAME_UNKNOWN)
		c->unknown_samples += stack.count;
	count_marks(l, chain);
	stack.n_roots = l->n_root_frames;
	stack.roots = l->root_frames.items + chain->root * l->n_root_frames;
	return fold_add(p, &l->path, &stack);
}

static void make_root_frames(struct loader *l)
{
	const struct root *root;

	vec_each(root, &l->counter.roots.items) {
		frame_id frames[ROOT_PARTS];

		l->n_root_frames = root_frames(&l->options->selection, root,
					       &l->run->profile, frames);
		for (size_t i = 0; i < l->n_root_frames; i++)
			vec_push(&l->root_frames, frames[i]);
	}
}

/* What was counted of chains, of their nodes. */
static void make_timeline(struct loader *l)
{
	const struct slices *s = &l->counter.slices;
	struct timeline *t = &l->run->timeline;
	const struct slice_count *c;

	if (!s->n)
		return;
	t->start = s->start;
	t->width = s->width;
	for (uint32_t i = 0; i < s->n; i++)
		vec_add(&t->slices);
	vec_each(c, &s->counts) {
		node_id node = l->nodes.items[c->chain];

		if (node == NO_NODE)
			t->slices.items[c->slice].idle += c->count;
		else
			vec_push(&t->counts,
				 ((struct timeline_count){node, c->slice, c->count,
							  c->weight}));
	}
	timeline_sort(t);
}

static const struct mapping *find_kernel(const struct loader *l)
{
	const struct space *kernel =
		&l->processes.spaces.items.items[l->processes.kernel];
	const struct mapping *m;

	vec_each(m, &kernel->maps) {
		const struct dso *dso = dso_at(&l->run->dsos, m->dso);

		if (dso->kind == DSO_KERNEL &&
		    !dso_label_is_guest(strtab_str(l->run->dsos.strings, dso->path)))
			return m;
	}
	return NULL;
}

static void resolve(struct loader *l)
{
	struct symbolizer_options options = {.use_system = true,
					     .is_live = l->options->is_live,
					     .completes = l->options->completes,
					     .keeper = l->options->keeper,
					     .servers = l->options->servers,
					     .debug_folder = l->options->debug_folder,
					     .inlines = l->options->inlines,
					     .lines = l->options->lines,
					     .os_release = l->run->run_info.os_release,
					     .kernel = find_kernel(l)};
	const struct callchain *chain;
	const char *note;

	l->known = mem_new(KNOWN_ADDRS, sizeof(*l->known));
	l->symbolizer = symbolizer_new(&options, &l->run->dsos, &l->run->profile.frames);
	make_root_frames(l);
	read_ahead(l);
	vec_each(chain, &l->counter.chains.items)
		vec_push(&l->nodes, fold_chain(l, chain));
	make_timeline(l);
	if (l->options->is_live)
		l->run->truncated = truncated_most(&l->truncated, &l->counter.roots);
	map_gaps_note(&(struct map_gaps){.chains = &l->counter.chains,
					 .processes = &l->processes,
					 .jit = l->jit,
					 .symbolizer = l->symbolizer},
		      l->run);
	for (size_t i = 0; (note = symbolizer_note(l->symbolizer, i)); i++)
		vec_push(&l->run->notes, mem_str(note, strlen(note)));
	symbolizer_store(l->symbolizer);
	jit_names_store(l->jit);
}

static void start_jit(struct loader *l)
{
	struct jit_keeper *kept = l->options->jit ? l->options->jit : l->keeper;
	const struct decode_event *events;
	size_t n;

	events = recording_events(l->recording, &n);
	l->jit = jit_names_new(kept, &l->processes, &l->run->dsos,
			       &l->run->profile.frames, n && events[0].is_monotonic);
	jit_names_mark_changes(l->jit, &l->processes.spaces);
}

/* A recording that holds registers and stacks is unwound as it is counted. */
static void start_unwinding(struct loader *l)
{
	const struct unwind_tables_options options = {.is_live = l->options->is_live,
						      .keeper = l->options->keeper};
	const char *machine = l->run->run_info.arch;
	const struct decode_event *events;
	uint64_t has_registers = 0;
	struct utsname here;
	size_t n;

	events = recording_events(l->recording, &n);
	for (size_t i = 0; i < n; i++)
		has_registers |= events[i].regs_user;
	if (!has_registers || recording_is_swapped(l->recording))
		return;
	/* A recording that was never finished does not say, and is mostly of this machine. */
	if (!machine && uname(&here) == 0)
		machine = here.machine;
	l->tables = unwind_tables_new(&options, &l->run->dsos);
	l->counter.stacks =
		user_stack_new(machine, &l->processes.spaces, &l->run->dsos, l->tables);
}

static void loader_release(struct loader *l)
{
	user_stack_free(&l->counter.stacks);
	unwind_tables_free(&l->tables);
	symbolizer_free(&l->symbolizer);
	jit_names_free(&l->jit);
	jit_keeper_free(&l->keeper);
	cursor_free(&l->side_band_cursor);
	recording_close(&l->recording);
	process_table_release(&l->processes);
	counter_release(&l->counter);
	fold_path_release(&l->path);
	vec_release(&l->nodes);
	truncated_release(&l->truncated);
	vec_release(&l->side_band);
	vec_release(&l->root_frames);
	vec_release(&l->known_frames.items);
	vec_release(&l->frames.items);
	mem_free(l->known);
}

/* Second pass: stacks are unwound by one thread, everything else is counted by all. */
static int count_samples(struct loader *l, struct error *err)
{
	size_t max = l->counter.stacks ? 1 : threads_wanted();
	scoped(mem_release) struct record_span *spans = mem_new(max, sizeof(*spans));
	size_t n = cursor_spans(l->side_band_cursor, spans, max);

	return counter_run(&l->counter, l->recording, spans, n, &l->options->selection,
			   &l->processes, err);
}

int load_recording(struct input_data *run, const char *path,
		   const struct load_options *options, struct error *err)
{
	scoped(loader_release) struct loader l = {.run = run, .options = options};
	struct run_info *c = &run->run_info;
	struct error facts, damage;
	int got;

	process_table_init(&l.processes, &run->profile.strings, &run->dsos);
	l.recording = recording_open(path, err);
	if (!l.recording)
		return -1;
	if (recording_read_info(l.recording, c, &run->dsos, &facts) < 0) {
		run->lacks_facts = true;
		vec_push(&run->notes, mem_str(facts.text, strlen(facts.text)));
	}
	if (!options->jit)
		l.keeper = jit_keeper_new(options->is_live);
	read_side_band(&l);
	apply_side_band(&l);
	start_jit(&l);
	if (choose_event(&l, err) < 0)
		return -1;
	describe_event(&l);
	l.counter.slices.n = options->slices;
	start_unwinding(&l);
	got = count_samples(&l, &damage);
	/* A damaged sample shows only here. */
	if (got < 0 && !run->is_damaged)
		run->damage = damage;
	run->is_damaged |= got < 0;
	resolve(&l);
	if (!c->duration)
		c->duration = l.counter.last - l.counter.first;
	return 0;
}
