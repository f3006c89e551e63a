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

static bool has_suffix(const char *s, size_t len, const char *suffix)
{
	return len > strlen(suffix) &&
	       memcmp(s + len - strlen(suffix), suffix, strlen(suffix)) == 0;
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

/* A frame's name as it stands in a line. */
struct shown {
	const char *text;
	uint32_t len;
};

static struct shown show(const struct profile *p, const struct frame *f,
			 const struct folded_options *options, struct arena *text)
{
	const char *name = strtab_str(&p->strings, f->name);
	size_t len = strtab_len(&p->strings, f->name);
	/* Names that were read from text have theirs already. */
	const char *mark =
		has_suffix(name, len, mark_of(f, options)) ? "" : mark_of(f, options);
	size_t mark_len = strlen(mark);
	char *to = arena_take(text, len + mark_len + 1);

	for (size_t i = 0; i < len; i++) {
		to[i] = name[i];
		if (name[i] == ';')
			to[i] = ':';
		else if (name[i] == '\n' || name[i] == '\r')
			to[i] = ' ';
		if (to[i] == ' ' && f->kind == FRAME_ROOT)
			to[i] = '_';
	}
	memcpy(to + len, mark, mark_len);
	return (struct shown){to, (uint32_t)(len + mark_len)};
}

/* What all lines are made of. */
struct writer {
	const struct profile *p;
	struct arena text;
	struct shown *frames;
	size_t *lens; /* of the line of each node, with a ';' behind it */
};

static void writer_init(struct writer *w, const struct profile *p,
			const struct folded_options *options)
{
	*w = (struct writer){.p = p};
	w->frames = mem_resize(NULL, p->frames.items.n, sizeof(*w->frames));
	for (size_t i = 0; i < p->frames.items.n; i++)
		w->frames[i] = show(p, &p->frames.items.items[i], options, &w->text);
	w->lens = mem_new(p->nodes.n, sizeof(*w->lens));
	for (size_t i = 1; i < p->nodes.n; i++)
		w->lens[i] = w->lens[p->nodes.items[i].parent] +
			     w->frames[p->nodes.items[i].frame].len + 1;
}

static void writer_release(struct writer *w)
{
	arena_release(&w->text);
	mem_free(w->frames);
	mem_free(w->lens);
}

/* The line of a node, without its number. */
static struct line line_of(struct writer *w, node_id node, uint64_t count)
{
	struct line line = {.len = w->lens[node] - 1, .count = count};
	char *to = arena_take(&w->text, line.len + 1);

	line.text = to;
	to += line.len + 1;
	while (node) {
		const struct profile_node *n = &w->p->nodes.items[node];
		const struct shown *frame = &w->frames[n->frame];

		*--to = ';';
		to -= frame->len;
		memcpy(to, frame->text, frame->len);
		node = n->parent;
	}
	return line;
}

void folded_write(struct out *o, const struct profile *p,
		  const struct folded_options *options)
{
	VEC(struct line) lines = {0};
	struct writer w;

	writer_init(&w, p, options);
	for (size_t i = 1; i < p->nodes.n; i++) {
		const struct profile_node *node = &p->nodes.items[i];

		if (node->count)
			vec_push(&lines,
				 line_of(&w, (node_id)i,
					 options->weights ? node->weight : node->count));
	}
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
	writer_release(&w);
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
	/* A line break at the end of a name was written as a space. */
	while (at && (line[at - 1] == ' ' || line[at - 1] == '\r'))
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
