#include "fold/perf_script_exact.h"

#include "base/mem.h"
#include "fold/fold.h"
#include "fold/perf_script_frames.h"

#include <assert.h>
#include <string.h>

/* The header of a sample. */
struct exact_header {
	struct span comm;
	struct span pid; /* "?" if the line has only one number: then that is the tid */
	struct span tid;
	struct span event;
	uint64_t period;      /* 1 if the line has none */
	bool has_huge_period; /* 2^64 or more */
};

struct exact_parser {
	struct profile *p;
	const struct text_read_options *options;
	struct text_read_result *result;
	struct script_frames frames;
	struct fold_path path;
	size_t line_number;
	/* The sample that is being read. */
	bool is_in_sample;
	frame_id process;
	uint64_t period;
	size_t sample_line; /* number of its header */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/* The number of digits in 's' at 'from'. */
static size_t count_digits(struct span s, size_t from)
{
	size_t at = from;

	while (at < s.len && is_digit(s.at[at]))
		at++;
	return at - from;
}

/* Comm, pid and tid: the pid is the first word of digits after another word, because a
 * comm may have spaces in it. Stores the rest of the line in '*rest'. */
static bool split_task(struct span line, struct exact_header *e, struct span *rest)
{
	line = span_trim(line);
	for (size_t at = 1; at < line.len; at++) {
		size_t n, slash;

		if (!span_is_space(line.at[at - 1]))
			continue;
		n = count_digits(line, at);
		if (!n)
			continue;
		e->pid = e->tid = (struct span){line.at + at, n};
		e->comm = span_trim((struct span){line.at, at});
		slash = at + n;
		if (slash < line.len && line.at[slash] == '/') {
			e->tid = (struct span){line.at + slash + 1,
					       count_digits(line, slash + 1)};
			n += 1 + e->tid.len;
		} else {
			e->pid = (struct span){"?", 1};
		}
		if (at + n < line.len && span_is_space(line.at[at + n])) {
			*rest = (struct span){line.at + at + n, line.len - at - n};
			return true;
		}
		at += n;
	}
	return false;
}

/* The first word of '*rest', which loses it. */
static struct span next_word(struct span *rest)
{
	struct span word;

	*rest = span_trim(*rest);
	word = (struct span){rest->at, 0};
	while (word.len < rest->len && !span_is_space(word.at[word.len]))
		word.len++;
	rest->at += word.len;
	rest->len -= word.len;
	return word;
}

/* "[000] 1234.567890: 250000 cycles:u:" and nothing after it. The event is a word that
 * ends in ':' after another one that does (the time), with at most a number (the period)
 * between them. */
static void split_period_and_event(struct span rest, struct exact_header *e)
{
	struct span period = {0};
	bool is_after_colon = false;

	e->period = 1;
	while (rest.len) {
		struct span word = next_word(&rest);

		if (is_after_colon && word.len && count_digits(word, 0) == word.len) {
			period = word;
			continue;
		}
		if (is_after_colon && word.len > 1 && span_ends(word, ":") &&
		    span_is_blank(rest)) {
			e->event = (struct span){word.at, word.len - 1};
			if (period.len)
				e->period = span_number(period, &e->has_huge_period);
			if (!e->period)
				e->period = 1;
			return;
		}
		is_after_colon = span_ends(word, ":");
		period.len = 0;
	}
}

/* Splits a header. Returns false if the line has no number after a command. */
static bool split_header(struct span line, struct exact_header *e)
{
	struct span rest;

	*e = (struct exact_header){0};
	if (!split_task(line, e, &rest))
		return false;
	split_period_and_event(rest, e);
	return true;
}

/* Splits the line of a frame, "ADDR NAME (MODULE)". */
static bool split_frame(struct span line, struct frame_line *f)
{
	size_t addr = 0, open, close;

	line = span_trim(line);
	while (addr < line.len && is_word(line.at[addr]))
		addr++;
	close = line.len;
	while (close && line.at[close - 1] != ')')
		close--;
	if (!addr || !close)
		return false;
	open = --close;
	if (span_ends((struct span){line.at, close + 1}, " (deleted))"))
		open -= strlen(" (deleted)");
	while (open > addr && !(line.at[open] == '(' && line.at[open - 1] == ' '))
		open--;
	if (open <= addr)
		return false;
	f->has_module = true;
	f->addr = (struct span){line.at, addr};
	f->module = (struct span){line.at + open + 1, close - open - 1};
	f->name = span_trim((struct span){line.at + addr, open - addr});
	/* Some versions of perf print nothing for a missing name. One space stands for
	 * it, as other tools show it. */
	if (!f->name.len)
		f->name = (struct span){" ", 1};
	return true;
}

static void end_sample(struct exact_parser *ps)
{
	struct fold_stack stack = {.roots = &ps->process,
				   .n_roots = 1,
				   .frames = ps->frames.stack.items,
				   .n = ps->frames.stack.n,
				   .count = 1,
				   .weight = ps->period};

	if (ps->is_in_sample) {
		fold_add(ps->p, &ps->path, &stack);
		if (ps->p->has_overflow && !ps->result->overflow_line)
			ps->result->overflow_line = ps->sample_line;
	}
	ps->frames.stack.n = 0;
	ps->is_in_sample = false;
}

/* Whether to read samples of this event. Without an option the first event of the text
 * decides. */
static bool wants_event(struct exact_parser *ps, struct span event)
{
	struct text_read_result *r = ps->result;
	const char *wanted = ps->options->event;
	str_id id = strtab_add_len(&r->events, event.at, event.len);

	while (r->event_samples.n <= id)
		vec_push(&r->event_samples, 0);
	r->event_samples.items[id]++;
	if (!r->event && (!wanted || span_equals(event, wanted)))
		r->event = id;
	if (!id || r->event == id || r->event == TEXT_EVENT_ALL)
		return true;
	r->has_other_events = true;
	return false;
}

/* The name of the process of a sample; mem_free() frees it. */
static char *process_name(const struct exact_parser *ps, const struct exact_header *e)
{
	int comm = (int)e->comm.len, pid = (int)e->pid.len, tid = (int)e->tid.len;

	if (ps->options->tid)
		return mem_format("%.*s-%.*s/%.*s", comm, e->comm.at, pid, e->pid.at, tid,
				  e->tid.at);
	if (ps->options->pid)
		return mem_format("%.*s-%.*s", comm, e->comm.at, pid, e->pid.at);
	return mem_str(e->comm.at, e->comm.len);
}

/* A header without an empty line before it gives the frames that follow, and those
 * before it, to its process. */
static void begin_sample(struct exact_parser *ps, const struct exact_header *e)
{
	char *name;

	if (!wants_event(ps, e->event))
		return;
	name = process_name(ps, e);
	ps->process = fold_root(ps->p, name);
	ps->frames.is_java = strncmp(name, "java", 4) == 0;
	mem_free(name);
	ps->period = e->period;
	ps->sample_line = ps->line_number;
	if (e->has_huge_period && !ps->result->overflow_line)
		ps->result->overflow_line = ps->line_number;
	ps->is_in_sample = true;
}

static void read_line(struct exact_parser *ps, struct span line)
{
	struct exact_header e;
	struct frame_line f;

	if (span_is_blank(line)) {
		end_sample(ps);
		return;
	}
	/* Inside a sample only frames are indented. */
	if ((!span_is_indented(line) || !ps->is_in_sample) && split_header(line, &e) &&
	    (!span_is_indented(line) || e.event.len)) {
		begin_sample(ps, &e);
		return;
	}
	if (split_frame(line, &f)) {
		if (ps->is_in_sample)
			script_frames_push(&ps->frames, &f);
	} else if (!ps->result->bad_lines++) {
		ps->result->first_bad_line = ps->line_number;
	}
}

void perf_script_exact_read(struct profile *p, const char *text, size_t size,
			    const struct text_read_options *options,
			    struct text_read_result *result)
{
	struct exact_parser ps = {.p = p, .options = options, .result = result};
	const char *end = text + size;
	struct span line;

	assert(options && options->exact);
	*result = (struct text_read_result){0};
	strtab_init(&result->events);
	if (options->event && strcmp(options->event, "all") == 0)
		result->event = TEXT_EVENT_ALL;
	script_frames_init(&ps.frames, p, options);
	while (!result->overflow_line && perf_script_next_line(&text, end, &line)) {
		ps.line_number++;
		if (!span_starts(line, "#"))
			read_line(&ps, line);
	}
	script_frames_release(&ps.frames);
	fold_path_release(&ps.path);
}
