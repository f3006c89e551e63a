#include "fold/perf_script_header.h"

#include "fold/perf_script_line.h"

#include <string.h>

enum {
	COMM_MAX = 15,	  /* characters of a command, but those of kernel threads */
	ADDR_WIDTH = 16,  /* columns of an address */
	PERIOD_WIDTH = 11 /* columns of a period with the blank before it */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The part of a line that is not read yet. */
struct header_rest {
	const char *at, *end;
};

static void skip_blanks(struct header_rest *r)
{
	while (r->at < r->end && span_is_space(*r->at))
		r->at++;
}

/* The width of a word with the blanks before it. */
static size_t columns(const struct header_rest *line, const char *word)
{
	const char *blanks = word;

	while (blanks > line->at && span_is_space(blanks[-1]))
		blanks--;
	while (word < line->end && !span_is_space(*word))
		word++;
	return (size_t)(word - blanks);
}

static const char *word_end(const struct header_rest *r)
{
	const char *s = r->at;

	while (s < r->end && !span_is_space(*s))
		s++;
	return s;
}

static struct span take(struct header_rest *r, const char *end)
{
	struct span word = {r->at, (size_t)(end - r->at)};

	r->at = end;
	return word;
}

static const char *skip_digits(const char *s, const char *end)
{
	while (s < end && is_digit(*s))
		s++;
	return s;
}

/* "12", "12/13", "-1": the number of a task. */
static void take_task(struct header_rest *r, struct script_header *h)
{
	const char *end = word_end(r), *s = r->at, *stop;

	s += s < end && *s == '-';
	stop = skip_digits(s, end);
	if (stop == s)
		return;
	if (stop == end) {
		h->tid = take(r, end);
		h->fields |= HEADER_TID;
		return;
	}
	if (*stop != '/')
		return;
	s = stop + 1;
	s += s < end && *s == '-';
	if (s == end || skip_digits(s, end) != end)
		return;
	h->pid = (struct span){r->at, (size_t)(stop - r->at)};
	h->tid = (struct span){stop + 1, (size_t)(end - stop - 1)};
	r->at = end;
	h->fields |= HEADER_PID | HEADER_TID;
}

static void take_cpu(struct header_rest *r, struct script_header *h)
{
	const char *end = word_end(r);

	if (end - r->at < 3 || *r->at != '[' || end[-1] != ']' ||
	    skip_digits(r->at + 1, end) != end - 1)
		return;
	h->cpu = (struct span){r->at + 1, (size_t)(end - r->at - 2)};
	r->at = end;
	h->fields |= HEADER_CPU | (h->cpu.len >= 3 ? HEADER_WIDE_CPU : 0);
}

/* The letters of "-F misc". */
static void take_flags(struct header_rest *r, struct script_header *h)
{
	const char *end = word_end(r), *s = r->at;

	while (s < end && strchr("KUHGghMES", *s))
		s++;
	if (s == r->at || s != end || end - r->at > 6)
		return;
	r->at = end;
	h->fields |= HEADER_FLAGS;
}

static void take_time(struct header_rest *r, struct script_header *h)
{
	const char *end = word_end(r), *dot = skip_digits(r->at, end);
	/* The last field of a line may lack its colon. */
	const char *colon = end == r->end && is_digit(end[-1]) ? end : end - 1;

	if (dot == r->at || dot >= colon || *dot != '.' || colon - dot < 2 ||
	    skip_digits(dot + 1, end) != colon || (colon < end && *colon != ':'))
		return;
	h->time = (struct span){r->at, (size_t)(colon - r->at)};
	r->at = end;
	h->fields |= HEADER_TIME | (colon - dot - 1 >= 6 ? HEADER_EXACT_TIME : 0);
}

static void take_period(struct header_rest *r, struct script_header *h)
{
	const char *end = word_end(r);

	if (end == r->at || skip_digits(r->at, end) != end)
		return;
	h->period = take(r, end);
	h->fields |= HEADER_PERIOD;
}

static bool is_record(const struct header_rest *r)
{
	static const char record[] = "PERF_RECORD_";

	return (size_t)(r->end - r->at) >= strlen(record) &&
	       memcmp(r->at, record, strlen(record)) == 0;
}

/* A word that ends in ':' and is no number. */
static void take_event(struct header_rest *r, struct script_header *h)
{
	const char *end = word_end(r), *s = r->at;

	if (end - s < 2 || end[-1] != ':' || is_record(r))
		return;
	while (s < end && (is_digit(*s) || *s == '.' || *s == ':'))
		s++;
	if (s == end)
		return;
	h->event = (struct span){r->at, (size_t)(end - 1 - r->at)};
	r->at = end;
	h->fields |= HEADER_EVENT;
}

/* A number that stands alone is a tid, or else a period: perf makes it 10 columns wide,
 * after a blank where it is not the first field. */
static void sort_number(const struct header_rest *line, struct script_header *h)
{
	size_t width;

	if ((h->fields & (HEADER_TID | HEADER_PID | HEADER_CPU | HEADER_TIME |
			  HEADER_PERIOD)) != HEADER_TID)
		return;
	width = columns(line, h->tid.at);
	if (width < PERIOD_WIDTH &&
	    !(width == PERIOD_WIDTH - 1 && h->tid.at + h->tid.len == line->at + width))
		return;
	h->period = h->tid;
	h->tid.len = 0;
	h->fields ^= HEADER_TID | HEADER_PERIOD;
}

/* The rest of a line without an event: nothing, a record, or the frame. */
static bool ends_without_event(const struct header_rest *line,
			       const struct header_rest *r, struct script_header *h)
{
	const char *blanks = r->at;
	struct frame_line f;

	if (r->at == r->end)
		return h->fields != 0;
	if (is_record(r)) {
		h->fields |= HEADER_RECORD;
		return true;
	}
	while (blanks > line->at && span_is_space(blanks[-1]))
		blanks--;
	h->payload = (struct span){blanks, (size_t)(r->end - blanks)};
	if (!perf_script_split_flat(h->payload, &f))
		return false;
	h->fields |= HEADER_FLAT;
	if (columns(line, r->at) >= ADDR_WIDTH)
		h->fields |= HEADER_WIDE_ADDR;
	return true;
}

/* "250000 cycles:u:", where several numbers may stand before the event. */
static bool take_period_and_event(struct header_rest *r, struct script_header *h)
{
	struct header_rest rest = *r;
	unsigned fields = h->fields;
	size_t n = 0, len;

	do {
		len = h->period.len;
		h->period.len = 0;
		take_period(&rest, h);
		skip_blanks(&rest);
		n += h->period.len > 0;
	} while (h->period.len);
	h->period.len = len;
	h->fields |= n > 1 ? HEADER_LOOSE : 0;
	take_event(&rest, h);
	if (h->fields & HEADER_EVENT) {
		*r = rest;
		return true;
	}
	h->fields = fields;
	h->period.len = 0;
	return false;
}

/* "250000   401136 main (/bin/prog)": the number may also be the address. */
static bool take_period_and_frame(const struct header_rest *line,
				  const struct header_rest *r, struct script_header *h)
{
	struct header_rest rest = *r;
	unsigned fields = h->fields;
	struct frame_line f;

	if (columns(line, r->at) < ADDR_WIDTH)
		take_period(&rest, h);
	skip_blanks(&rest);
	if (ends_without_event(line, &rest, h) &&
	    !(h->fields & HEADER_FLAT && h->fields & HEADER_PERIOD &&
	      perf_script_split_flat(h->payload, &f) && span_equals(f.name, " "))) {
		sort_number(line, h);
		return true;
	}
	h->fields = fields;
	h->period.len = 0;
	return ends_without_event(line, r, h);
}

/* Whether the word may be a field: most words of commands are none. */
static bool may_be_field(const struct header_rest *r)
{
	char c = *r->at;

	return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6 /* hexadecimal */ ||
	       strchr("-[KUHGghMESP", c) || word_end(r)[-1] == ':';
}

/* Reads the fields after the command from 'at' on. Returns false if there is something
 * else. */
static bool read_fields(struct header_rest line, const char *at, struct script_header *h)
{
	struct header_rest rest = {at, line.end};
	struct script_header before;
	bool is_reading;

	*h = (struct script_header){0};
	if (!may_be_field(&rest))
		return false;
	take_task(&rest, h);
	skip_blanks(&rest);
	take_cpu(&rest, h);
	skip_blanks(&rest);
	take_flags(&rest, h);
	skip_blanks(&rest);
	take_time(&rest, h);
	skip_blanks(&rest);
	if (take_period_and_event(&rest, h)) {
		h->payload = (struct span){rest.at, (size_t)(rest.end - rest.at)};
		sort_number(&line, h);
		return true;
	}
	is_reading = take_period_and_frame(&line, &rest, h);
	if (h->fields & (HEADER_CPU | HEADER_TIME) || columns(&line, at) < ADDR_WIDTH)
		return is_reading;
	/* The number may be the address, which is as wide. */
	before = *h;
	rest.at = at;
	*h = (struct script_header){0};
	if (ends_without_event(&line, &rest, h))
		return true;
	*h = before;
	return is_reading;
}

struct header_walk header_walk_begin(struct span line)
{
	size_t at = 0;

	while (at < line.len && span_is_space(line.at[at]))
		at++;
	while (line.len > at && span_is_space(line.at[line.len - 1]))
		line.len--;
	return (struct header_walk){.line = line, .at = at};
}

static void store_comm(struct script_header *h, const struct header_walk *walk, size_t at)
{
	h->comm = span_trim((struct span){walk->line.at, at});
	if (!h->comm.len)
		return;
	h->fields |= HEADER_COMM;
	if (h->comm.len > COMM_MAX &&
	    (span_find_char(h->comm, ' ') || span_find_char(h->comm, '\t')))
		h->fields |= HEADER_LONG_COMM;
}

bool header_walk_next(struct header_walk *walk, struct script_header *h)
{
	struct header_rest line = {walk->line.at, walk->line.at + walk->line.len};

	while (!walk->is_done) {
		size_t at = walk->at;
		bool is_reading = true;

		walk->is_done = at == walk->line.len;
		if (walk->is_done) { /* a command only */
			*h = (struct script_header){0};
		} else {
			struct header_rest next = {line.at + at, line.end};

			is_reading = read_fields(line, next.at, h);
			next.at = word_end(&next);
			skip_blanks(&next);
			walk->at = (size_t)(next.at - line.at);
		}
		if (is_reading) {
			store_comm(h, walk, at);
			return true;
		}
	}
	return false;
}

uint64_t script_header_time(const struct script_header *h)
{
	uint64_t ns = 0;
	int decimals = -1; /* -1: before the point */

	for (size_t i = 0; i < h->time.len && decimals < 9; i++) {
		char c = h->time.at[i];

		decimals += decimals >= 0 || c == '.';
		if (c != '.' && (__builtin_mul_overflow(ns, 10, &ns) ||
				 __builtin_add_overflow(ns, (uint64_t)(c - '0'), &ns)))
			return 0;
	}
	for (; decimals >= 0 && decimals < 9; decimals++)
		if (__builtin_mul_overflow(ns, 10, &ns))
			return 0;
	return ns;
}
