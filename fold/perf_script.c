#include "fold/perf_script.h"

#include "base/mem.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "fold/event_name.h"
#include "fold/fold.h"
#include "fold/perf_script_exact.h"
#include "fold/perf_script_frames.h"
#include "fold/perf_script_layout.h"
#include "fold/text_times.h"

#include <assert.h>
#include <string.h>

struct parser {
	struct profile *p;
	const struct text_read_options *options;
	struct text_read_result *result;
	struct script_layout layout;
	struct script_frames frames;
	struct fold_path path;
	struct text_times times;
	size_t line_number;
	uint32_t last_event; /* of the previous sample */
	/* The sample that is being read. */
	enum { OUTSIDE, IN_SAMPLE, IN_SKIPPED_SAMPLE } state;
	frame_id roots[TEXT_ROOTS_MAX];
	size_t n_roots;
	uint64_t period, time;
	bool has_payload;   /* its header ends with a payload */
	bool has_frames;    /* some of its frames were read */
	size_t sample_line; /* number of its header */
};

static void parser_release(struct parser *ps)
{
	script_frames_release(&ps->frames);
	fold_path_release(&ps->path);
	text_times_release(&ps->times);
}

static void end_sample(struct parser *ps)
{
	struct fold_stack stack = {.roots = ps->roots,
				   .n_roots = ps->n_roots,
				   .count = 1,
				   .weight = ps->period};

	if (ps->state == IN_SAMPLE) {
		script_frames_end(&ps->frames);
		stack.frames = ps->frames.stack.items;
		stack.n = ps->frames.stack.n;
		text_times_add(&ps->times, ps->time, fold_add(ps->p, &ps->path, &stack),
			       ps->period);
		if (ps->p->has_overflow && !ps->result->overflow_line)
			ps->result->overflow_line = ps->sample_line;
	}
	ps->state = OUTSIDE;
}

/* Counts a sample of the event, and returns the event's id. */
static uint32_t count_event(struct parser *ps, struct span event)
{
	struct text_read_result *r = ps->result;
	uint32_t id = ps->last_event;

	if (!span_equals(event, strtab_str(&r->events, id)))
		id = strtab_add_len(&r->events, event.at, event.len);
	ps->last_event = id;
	while (r->event_samples.n <= id)
		vec_push(&r->event_samples, 0);
	r->event_samples.items[id]++;
	return id;
}

/* Events that a decoder of Intel PT adds: states of the CPU, not samples. */
static bool is_state(struct span event)
{
	static const char *const states[] = {"cbr",  "psb", "mwait", "pwre",   "exstop",
					     "pwrx", "evt", "iflag", "ptwrite"};

	for (size_t i = 0; i < array_size(states); i++)
		if (span_equals(event, states[i]))
			return true;
	return false;
}

static bool same_base(const char *a, size_t a_len, struct span b)
{
	size_t base = event_name_base_len(a, a_len);

	return base == event_name_base_len(b.at, b.len) &&
	       (!base || memcmp(a, b.at, base) == 0);
}

/* Whether samples of the event 'id' are read. Without an option the first event of the
 * text decides. */
static bool is_wanted(struct parser *ps, uint32_t id, struct span event, bool is_flat)
{
	struct text_read_result *r = ps->result;
	const char *wanted = ps->options->event;

	if (!id || r->event == id || r->event == TEXT_EVENT_ALL)
		return true;
	if (!r->event) {
		if (wanted ? !event_name_fits(event.at, event.len, wanted)
			   : is_state(event))
			return false;
		r->event = id;
		return true;
	}
	/* Of single addresses, perf may print the modifiers of the ring. */
	return is_flat && !wanted &&
	       same_base(strtab_str(&r->events, r->event),
			 strtab_len(&r->events, r->event), event);
}

static bool wants_event(struct parser *ps, const struct script_header *h, bool is_flat)
{
	uint32_t id = count_event(ps, h->event);
	bool wants = is_wanted(ps, id, h->event, is_flat);

	ps->result->has_other_events |= !wants;
	return wants;
}

/* The name of the process of a sample; mem_free() frees it. */
static char *process_name(const struct parser *ps, const struct script_header *h)
{
	scoped(mem_release) char *comm = NULL;
	struct span pid = h->pid.len ? h->pid : (struct span){"?", 1};

	if (h->comm.len)
		comm = mem_str(h->comm.at, h->comm.len);
	else if (h->tid.len)
		comm = mem_format(":%.*s", (int)h->tid.len, h->tid.at);
	else
		return NULL;
	if (ps->options->tid)
		return mem_format("%s-%.*s/%.*s", comm, (int)pid.len, pid.at,
				  (int)h->tid.len, h->tid.at);
	if (ps->options->pid)
		return mem_format("%s-%.*s", comm, (int)pid.len, pid.at);
	return mem_str(comm, strlen(comm));
}

/* A task or CPU, 0 if it does not fit: perf prints -1 for tasks that are gone. */
static uint32_t id_of(struct span s)
{
	bool is_huge = false;
	uint64_t value = s.len && *s.at == '-' ? 0 : span_number(s, &is_huge);

	return value <= UINT32_MAX ? (uint32_t)value : 0;
}

static struct text_sample sample_of(const struct script_header *h)
{
	return (struct text_sample){
		.comm = h->comm,
		.event = h->event,
		.pid = id_of(h->pid),
		.tid = id_of(h->tid),
		.cpu = id_of(h->cpu),
		.time = script_header_time(h),
		.has_pid = h->pid.len,
		.has_tid = h->tid.len,
		.has_cpu = h->cpu.len,
		.has_time = h->time.len,
	};
}

/* Stores the roots of a sample. Returns false if it is not selected. */
static bool find_roots(struct parser *ps, const struct script_header *h)
{
	const struct text_selector *selector = ps->options->selector;
	scoped(mem_release) char *process = NULL;
	struct text_sample sample;

	ps->n_roots = 0;
	if (selector) {
		sample = sample_of(h);
		return selector->select(selector->context, &sample, ps->p, ps->roots,
					&ps->n_roots);
	}
	process = process_name(ps, h);
	if (process)
		ps->roots[ps->n_roots++] = fold_root(ps->p, process);
	return true;
}

static uint64_t period_of(struct parser *ps, const struct script_header *h)
{
	bool is_huge = false;
	uint64_t period = h->period.len ? span_number(h->period, &is_huge) : 1;

	if (is_huge && !ps->result->overflow_line)
		ps->result->overflow_line = ps->line_number;
	return period ? period : 1;
}

static void begin_sample(struct parser *ps, const struct script_header *h)
{
	struct frame_line f;
	bool is_flat = perf_script_split_flat(h->payload, &f);

	ps->sample_line = ps->line_number;
	ps->has_payload = !span_is_blank(h->payload);
	ps->has_frames = false;
	ps->state = wants_event(ps, h, is_flat) && find_roots(ps, h) ? IN_SAMPLE
								     : IN_SKIPPED_SAMPLE;
	if (ps->state == IN_SKIPPED_SAMPLE)
		return;
	script_frames_begin(&ps->frames, h->comm);
	ps->period = period_of(ps, h);
	ps->time = script_header_time(h);
	if (!is_flat)
		return;
	script_frames_push(&ps->frames, &f);
	end_sample(ps);
}

static void push_frame(struct parser *ps, struct frame_line *f)
{
	if (!ps->layout.has_names && span_equals(f->name, " "))
		f->name = (struct span){"[unknown]", strlen("[unknown]")};
	if (ps->state == OUTSIDE)
		begin_sample(ps, &(struct script_header){0});
	ps->has_frames = true;
	if (ps->state == IN_SAMPLE)
		script_frames_push(&ps->frames, f);
}

static void count_bad_line(struct parser *ps)
{
	if (!ps->result->bad_lines++)
		ps->result->first_bad_line = ps->line_number;
}

/* perf's own messages among its output. */
static bool is_message(struct span line)
{
	return span_starts(line, "WARNING:") || span_starts(line, "Warning:") ||
	       span_starts(line, "[ perf ") || span_starts(line, "PERF_RECORD_");
}

/* Whether an indented line of a sample is a frame. The command of a sample on one line is
 * indented, too, and may look like an address. */
static bool is_frame(const struct parser *ps, struct span line, struct frame_line *f)
{
	enum { ADDR_DIGITS = 8 };
	struct script_header h;

	if (!perf_script_split_frame(line, f))
		return false;
	if (*line.at == '\t' ||
	    (ps->layout.has_near_frames && f->has_module && f->addr.len >= ADDR_DIGITS))
		return !span_starts(f->name, "insn:");
	return !script_layout_read(&ps->layout, line, &h) ||
	       !script_layout_has(&ps->layout, &h);
}

/* A line that is neither a frame in its sample nor the beginning of the next one. */
static void read_other_line(struct parser *ps, struct span line)
{
	struct frame_line f;

	if (ps->state != OUTSIDE && perf_script_is_source(line)) {
		if (ps->state == IN_SAMPLE)
			script_frames_add_source(&ps->frames, line);
	} else if (ps->state != OUTSIDE && perf_script_split_frame(line, &f)) {
		push_frame(ps, &f);
	} else if (ps->state == OUTSIDE ? !is_message(line)
					: !perf_script_is_extra(line)) {
		count_bad_line(ps);
	}
}

static void read_line(struct parser *ps, struct span line)
{
	struct frame_line f;
	struct script_header h;

	if (span_is_blank(line)) {
		/* The text of a trace may end with a line break. */
		if (!ps->has_payload || ps->has_frames)
			end_sample(ps);
		ps->has_payload = false;
		return;
	}
	if ((ps->state != OUTSIDE || ps->layout.has_no_headers) &&
	    span_is_indented(line) && is_frame(ps, line, &f)) {
		push_frame(ps, &f);
		return;
	}
	/* A command may begin with '#'. */
	if (span_starts(line, "#") && !(script_layout_read(&ps->layout, line, &h) &&
					script_layout_has(&ps->layout, &h)))
		return;
	if (script_layout_read(&ps->layout, line, &h) &&
	    (ps->state == OUTSIDE || ps->layout.has_colons || !span_is_indented(line))) {
		end_sample(ps);
		if (!(h.fields & HEADER_RECORD))
			begin_sample(ps, &h);
		return;
	}
	read_other_line(ps, line);
}

static void skip_byte_order_mark(const char **text, size_t *size)
{
	if (*size >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) {
		*text += 3;
		*size -= 3;
	}
}

void perf_script_read(struct profile *p, const char *text, size_t size,
		      const struct text_read_options *options,
		      struct text_read_result *result)
{
	struct parser ps = {.p = p, .options = options, .result = result};
	struct span line;
	const char *end;

	assert(options);
	if (options->exact) {
		perf_script_exact_read(p, text, size, options, result);
		return;
	}
	*result = (struct text_read_result){0};
	strtab_init(&result->events);
	if (options->event && strcmp(options->event, "all") == 0)
		result->event = TEXT_EVENT_ALL;
	ps.times.max_slices = options->timeline ? options->slices : 0;
	script_frames_init(&ps.frames, p, options);
	skip_byte_order_mark(&text, &size);
	script_layout_learn(&ps.layout, text, size);
	/* Without stacks, only the processes of all events are left to show. */
	if (!options->event && !ps.layout.has_frames)
		result->event = TEXT_EVENT_ALL;
	end = text + size;
	while (!result->overflow_line && perf_script_next_line(&text, end, &line)) {
		ps.line_number++;
		read_line(&ps, line);
	}
	end_sample(&ps);
	if (options->timeline)
		text_times_cut(&ps.times, options->timeline);
	parser_release(&ps);
}

bool perf_script_knows(const char *text, size_t size)
{
	struct script_layout layout;

	skip_byte_order_mark(&text, &size);
	script_layout_learn(&layout, text, size);
	return layout.n_fits > layout.n_others &&
	       (layout.n_headers || layout.has_no_headers);
}

const struct text_format perf_script_format = {
	.name = "perf-script",
	.line_name = "line of perf script",
	.knows = perf_script_knows,
	.read = perf_script_read,
};
