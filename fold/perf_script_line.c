#include "fold/perf_script_line.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

bool perf_script_next_line(const char **text, const char *end, struct span *line)
{
	const char *stop;

	if (*text >= end)
		return false;
	stop = memchr(*text, '\n', (size_t)(end - *text));
	line->at = *text;
	line->len = (size_t)((stop ? stop : end) - *text);
	*text = stop ? stop + 1 : end;
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* The number of digits in 's' at 'from'. */
static size_t count_digits(struct span s, size_t from)
{
	size_t at = from;

	while (at < s.len && is_digit(s.at[at]))
		at++;
	return at - from;
}

/* A number too large for 64 bits is UINT64_MAX. */
/* UINT64_MAX, with *is_huge, if the number is 2^64 or more. */
static uint64_t number_of(struct span s, bool *is_huge)
{
	uint64_t value = 0;

	for (size_t i = 0; i < s.len; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.at[i] - '0'), &value))
			return *is_huge = true, UINT64_MAX;
	return value;
}

/* Comm, pid and tid: the pid is the first word of digits after another word, because a
 * comm may have spaces in it. Stores the rest of the line in '*rest'. */
static bool split_task(struct span line, struct event_line *e, struct span *rest)
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

/* "[000] 1234.567890: 250000 cycles:u:", optionally with a frame after it. The event
 * is a word that ends in ':' after another one that does (the time), with at most a
 * number (the period) between them. */
static void split_period_and_event(struct span rest, struct event_line *e)
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
		if (is_after_colon && word.len > 1 && span_ends(word, ":")) {
			e->event = (struct span){word.at, word.len - 1};
			e->frame = span_trim(rest);
			if (period.len)
				e->period = number_of(period, &e->has_huge_period);
			if (!e->period)
				e->period = 1;
			return;
		}
		is_after_colon = span_ends(word, ":");
		period.len = 0;
	}
}

bool perf_script_split_event(struct span line, struct event_line *e)
{
	struct span rest;

	*e = (struct event_line){0};
	if (!split_task(line, e, &rest))
		return false;
	split_period_and_event(rest, e);
	return true;
}

bool perf_script_split_frame(struct span line, struct frame_line *f)
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
	f->addr = (struct span){line.at, addr};
	f->module = (struct span){line.at + open + 1, close - open - 1};
	f->name = span_trim((struct span){line.at + addr, open - addr});
	/* Some versions of perf print nothing for a missing name. One space stands for
	 * it, as other tools show it. */
	if (!f->name.len)
		f->name = (struct span){" ", 1};
	return true;
}

struct span perf_script_without_offset(struct span name)
{
	size_t at = name.len;

	while (at && (is_digit(name.at[at - 1]) ||
		      (name.at[at - 1] >= 'a' && name.at[at - 1] <= 'f')))
		at--;
	if (at < name.len && at > 3 && memcmp(name.at + at - 3, "+0x", 3) == 0)
		name.len = at - 3;
	return name;
}
