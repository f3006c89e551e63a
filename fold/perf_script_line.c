#include "fold/perf_script_line.h"

#include <string.h>

enum {
	ADDR_WIDTH = 16,  /* columns of an address, as perf prints it */
	DATA_ADDR_MIN = 8 /* digits of an address of data */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
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

/* The number of digits of an address that ends at a blank, or at the end. */
static size_t addr_len(struct span s)
{
	size_t n = 0;

	while (n < s.len && is_hex(s.at[n]))
		n++;
	return n == s.len || span_is_space(s.at[n]) ? n : 0;
}

/* The '(' of the module that ends at 'close': the one that balances it, else the last
 * one. 0: there is none after a blank. */
static size_t module_open(struct span line, size_t close)
{
	const char *last = memrchr(line.at, '(', close);
	size_t open = close, depth = 1;

	if (!last)
		return 0;
	/* Most modules have no parentheses in them. */
	open = (size_t)(last - line.at);
	if (open && line.at[open - 1] == ' ' && !memchr(last, ')', close - open))
		return open;
	open = close;
	while (open > 1 && depth) {
		open--;
		if (line.at[open] == ')')
			depth++;
		else if (line.at[open] == '(')
			depth--;
	}
	if (!depth && span_is_space(line.at[open - 1]))
		return open;
	/* "f (/bin/a(b)" has a module, "f<void (int)>::g(char)" has none. */
	for (open = close; open > 1; open--)
		if (line.at[open] == '(' && line.at[open - 1] == ' ')
			return depth || line.at[open + 1] == '/' ? open : 0;
	return 0;
}

/* Splits "NAME (MODULE)", without blanks at its end. Text after the module is no part of
 * the frame. */
static void split_module(struct span rest, struct frame_line *f)
{
	const char *last = memrchr(rest.at, ')', rest.len);
	size_t close = last ? (size_t)(last - rest.at) : 0, open = 0;

	if (last && (close + 1 == rest.len || span_is_space(last[1])))
		open = module_open(rest, close);
	f->has_module = open;
	if (!open) {
		f->name = span_trim(rest);
		f->module = (struct span){"[unknown]", strlen("[unknown]")};
		return;
	}
	f->module = (struct span){rest.at + open + 1, close - open - 1};
	f->name = span_trim((struct span){rest.at, open});
}

bool perf_script_split_frame(struct span line, struct frame_line *f)
{
	size_t addr;

	line = span_trim(line);
	addr = addr_len(line);
	if (!addr)
		return false;
	f->addr = (struct span){line.at, addr};
	split_module((struct span){line.at + addr, line.len - addr}, f);
	/* Some versions of perf print nothing for a missing name. One space stands for
	 * it, as other tools show it. */
	if (!f->name.len)
		f->name = f->has_module ? (struct span){" ", 1}
					: (struct span){"[unknown]", strlen("[unknown]")};
	return true;
}

static struct span without_target(struct span s)
{
	const char *arrow = span_find(s, " => ");

	if (arrow)
		s.len = (size_t)(arrow - s.at);
	return s;
}

/* perf prints an address with 16 columns. The count of a folded stack has one
 * blank before it. */
static bool has_width_of_address(struct span addr, const char *start)
{
	size_t width = (size_t)(addr.at + addr.len - start), digits = 0;

	while (digits < addr.len && addr.at[digits] >= '0' && addr.at[digits] <= '9')
		digits++;
	return width >= ADDR_WIDTH && addr.len <= ADDR_WIDTH &&
	       (digits < addr.len || addr.at > start + 1);
}

bool perf_script_split_flat(struct span payload, struct frame_line *f)
{
	const char *start = payload.at;
	struct span rest;
	size_t addr;

	rest = without_target(span_trim(payload));
	addr = addr_len(rest);
	if (!addr)
		return false;
	if (addr >= DATA_ADDR_MIN) {
		struct span after =
			span_trim((struct span){rest.at + addr, rest.len - addr});

		if (addr_len(after) >= DATA_ADDR_MIN)
			rest = after;
	}
	return perf_script_split_frame(rest, f) &&
	       (f->has_module || has_width_of_address(f->addr, start));
}

bool perf_script_is_extra(struct span line)
{
	static const char *const starts[] = {"ABI:", "insn:", "ilen:"};
	size_t slashes = 0;

	line = span_trim(line);
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (span_starts(line, starts[i]))
			return true;
	/* "0x401136/0x401180/P/-/-/0", "main+0x1/f+0x2/M/-/-/0" */
	for (size_t i = 0; i < line.len && !span_is_space(line.at[i]); i++)
		slashes += line.at[i] == '/';
	return slashes >= 4 && (span_find(line, "/-/") || span_find(line, "/P/") ||
				span_find(line, "/M/"));
}

bool perf_script_is_source(struct span line)
{
	size_t digits;

	if (!span_starts(line, "  ") || line.len < 3 || span_is_space(line.at[2]))
		return false;
	line = span_trim(line);
	if (span_ends(line, "]"))
		return span_find_char(line, '[');
	for (digits = line.len; digits && is_digit(line.at[digits - 1]);)
		digits--;
	return digits > 1 && digits < line.len &&
	       (line.at[digits - 1] == ':' || line.at[digits - 1] == '+');
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
