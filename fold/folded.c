#include "fold/folded.h"

#include "base/arena.h"
#include "fold/fold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct line {
	const char *text;
	size_t len;
	uint64_t count;
};

static int by_text(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The mark behind a frame's name, or "". */
static const char *mark_of(const struct frame *f, const struct folded_options *options)
{
	if (f->is_inlined)
		return "_[i]";
	if (options->kernel && (f->kind == FRAME_KERNEL || f->kind == FRAME_MODULE))
		return "_[k]";
	if (options->jit && f->kind == FRAME_JIT)
		return "_[j]";
	return "";
}

static size_t name_len(const struct profile *p, frame_id frame,
		       const struct folded_options *options)
{
	const struct frame *f = frame_at(&p->frames, frame);

	return strtab_len(&p->strings, f->name) + strlen(mark_of(f, options));
}

static void write_name(char *to, const struct profile *p, frame_id frame,
		       const struct folded_options *options)
{
	const struct frame *f = frame_at(&p->frames, frame);
	const char *mark = mark_of(f, options);
	const char *name = strtab_str(&p->strings, f->name);
	size_t len = strtab_len(&p->strings, f->name);

	for (size_t i = 0; i < len; i++) {
		to[i] = name[i];
		if (name[i] == ';')
			to[i] = ':';
		else if (name[i] == '\n' || name[i] == '\r')
			to[i] = ' ';
		if (to[i] == ' ' && f->kind == FRAME_ROOT)
			to[i] = '_';
	}
	memcpy(to + len, mark, strlen(mark));
}

/* The line of a node, without its number. */
static struct line line_of(const struct profile *p, node_id node,
			   const struct folded_options *options, struct arena *text)
{
	const struct profile_node *self = &p->nodes.items[node];
	struct line line = {.count = options->weights ? self->weight : self->count};
	char *to;

	for (node_id up = node; up; up = p->nodes.items[up].parent)
		line.len += 1 + name_len(p, p->nodes.items[up].frame, options);
	line.len--;
	line.text = arena_take(text, line.len + 1);
	to = (char *)line.text + line.len;
	for (node_id up = node; up; up = p->nodes.items[up].parent) {
		frame_id frame = p->nodes.items[up].frame;

		to -= name_len(p, frame, options);
		write_name(to, p, frame, options);
		if (p->nodes.items[up].parent)
			*--to = ';';
	}
	return line;
}

void folded_write(struct out *o, const struct profile *p,
		  const struct folded_options *options)
{
	VEC(struct line) lines = {0};
	struct arena text = {0};

	for (size_t i = 1; i < p->nodes.n; i++)
		if (p->nodes.items[i].count)
			vec_push(&lines, line_of(p, (node_id)i, options, &text));
	if (lines.n)
		qsort(lines.items, lines.n, sizeof(*lines.items), by_text);
	/* Frames of one name that differ in what they are look the same here. */
	for (size_t i = 0; i < lines.n; i++) {
		struct line *line = &lines.items[i];

		if (i + 1 < lines.n && by_text(line, line + 1) == 0) {
			line[1].count += line->count;
			continue;
		}
		out_write(o, line->text, line->len);
		out_char(o, ' ');
		out_u64(o, line->count);
		out_char(o, '\n');
	}
	vec_release(&lines);
	arena_release(&text);
}

static bool has_suffix(const char *s, size_t len, const char *suffix)
{
	return len > strlen(suffix) &&
	       memcmp(s + len - strlen(suffix), suffix, strlen(suffix)) == 0;
}

/* What the annotations of stackcollapse-perf.pl and our own names tell of a frame. */
static enum frame_kind kind_of(const char *name, size_t len)
{
	if (has_suffix(name, len, "_[k]"))
		return FRAME_KERNEL;
	if (has_suffix(name, len, "_[j]"))
		return FRAME_JIT;
	if (len >= 8 && memcmp(name, "[unknown", 8) == 0)
		return FRAME_UNKNOWN;
	return FRAME_USER;
}

/* The number behind the last space; false where there is none. Fractions, as other tools
 * write them, are cut off. */
static bool split_count(const char *line, size_t *len, uint64_t *count)
{
	size_t end = *len, at;

	while (end && line[end - 1] == ' ')
		end--;
	at = end;
	while (at && line[at - 1] != ' ')
		at--;
	if (at == end || at < 2)
		return false;
	*count = 0;
	for (size_t i = at; i < end && line[i] != '.'; i++) {
		if (line[i] < '0' || line[i] > '9' ||
		    __builtin_mul_overflow(*count, 10, count) ||
		    __builtin_add_overflow(*count, (uint64_t)(line[i] - '0'), count))
			return false;
	}
	while (at && line[at - 1] == ' ')
		at--;
	*len = at;
	return at > 0;
}

static void add_line(struct profile *p, const char *line, size_t len, uint64_t count)
{
	node_id node = PROFILE_ROOT;
	const char *end = line + len;

	for (;;) {
		const char *stop = memchr(line, ';', (size_t)(end - line));
		size_t size = (size_t)((stop ? stop : end) - line);
		struct frame frame = {.name = strtab_add_len(&p->strings, line, size)};

		frame.kind = node == PROFILE_ROOT ? FRAME_ROOT : kind_of(line, size);
		node = profile_child(p, node, frame_add(&p->frames, &frame));
		if (!stop)
			break;
		line = stop + 1;
	}
	profile_add(p, node, count, 0);
}

size_t folded_read(struct profile *p, const char *text, size_t size, size_t *first_bad)
{
	const char *end = text + size;
	size_t bad = 0;

	for (size_t number = 1; text < end; number++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((stop ? stop : end) - text);
		const char *line = text;
		uint64_t count;

		text = stop ? stop + 1 : end;
		if (len && line[len - 1] == '\r')
			len--;
		if (!len || *line == '#')
			continue;
		if (!memchr(line, '\0', len) && split_count(line, &len, &count))
			add_line(p, line, len, count);
		else if (!bad++)
			*first_bad = number;
	}
	return bad;
}
