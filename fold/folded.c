#include "fold/folded.h"

#include "base/arena.h"
#include "fold/fold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

/* What may stand at one place of a line: a frame, and behind it either the line's end or ';' and
 * the frames below. */
struct piece {
	struct shown text;
	bool is_last;
	node_id node;
	size_t at; /* in the line */
};

struct writer {
	const struct profile *p;
	const struct folded_options *options;
	struct arena text;
	struct shown *frames;
	uint32_t *starts; /* of each node's children among 'children', and the end */
	node_id *children;
	VEC(struct piece) pieces; /* to be written, the next one last */
	VEC(node_id) same;	  /* nodes of pieces that look the same */
	VEC(char) line;
};

static void find_children(struct writer *w)
{
	const struct profile *p = w->p;
	uint32_t before = 0;

	w->starts = mem_new(p->nodes.n + 1, sizeof(*w->starts));
	w->children = mem_resize(NULL, p->nodes.n, sizeof(*w->children));
	for (size_t i = 1; i < p->nodes.n; i++)
		w->starts[p->nodes.items[i].parent + 1]++;
	for (size_t i = 1; i <= p->nodes.n; i++) {
		uint32_t n = w->starts[i];

		w->starts[i] = before;
		before += n;
	}
	/* Each start ends up where the next node's children begin. */
	for (size_t i = 1; i < p->nodes.n; i++)
		w->children[w->starts[p->nodes.items[i].parent + 1]++] = (node_id)i;
}

static void writer_init(struct writer *w, const struct profile *p,
			const struct folded_options *options)
{
	*w = (struct writer){.p = p, .options = options};
	w->frames = mem_resize(NULL, p->frames.items.n, sizeof(*w->frames));
	for (size_t i = 0; i < p->frames.items.n; i++)
		w->frames[i] = show(p, &p->frames.items.items[i], options, &w->text);
	find_children(w);
}

static void writer_release(struct writer *w)
{
	arena_release(&w->text);
	mem_free(w->frames);
	mem_free(w->starts);
	mem_free(w->children);
	vec_release(&w->pieces);
	vec_release(&w->same);
	vec_release(&w->line);
}

/* A piece's byte at 'at', at most its length; below all others where the line is at its end. No
 * frame has a ';' in it. */
static int byte_at(const struct piece *piece, uint32_t at)
{
	if (at < piece->text.len)
		return (unsigned char)piece->text.text[at];
	return piece->is_last ? -1 : ';';
}

static int compare(const struct piece *a, const struct piece *b)
{
	uint32_t n = a->text.len < b->text.len ? a->text.len : b->text.len;
	int order = memcmp(a->text.text, b->text.text, n);

	return order ? order : byte_at(a, n) - byte_at(b, n);
}

static int last_first(const void *a, const void *b)
{
	return compare(b, a);
}

/* The pieces that stand at 'at' behind the nodes in 'same'. */
static void push_below(struct writer *w, size_t at)
{
	size_t before = w->pieces.n;
	const node_id *node;

	vec_each(node, &w->same) {
		for (uint32_t i = w->starts[*node]; i < w->starts[*node + 1]; i++) {
			node_id child = w->children[i];
			struct piece piece = {
				.text = w->frames[w->p->nodes.items[child].frame],
				.node = child,
				.at = at,
			};

			if (w->starts[child] < w->starts[child + 1])
				vec_push(&w->pieces, piece);
			piece.is_last = true;
			if (w->p->nodes.items[child].count)
				vec_push(&w->pieces, piece);
		}
	}
	if (w->pieces.n - before > 1)
		qsort(w->pieces.items + before, w->pieces.n - before,
		      sizeof(*w->pieces.items), last_first);
}

/* Takes the next piece, and the nodes of all that look like it into 'same': frames of one name
 * that differ in what they are. */
static struct piece pop(struct writer *w)
{
	struct piece first = *vec_last(&w->pieces);
	const struct piece *next = &first;

	w->same.n = 0;
	while (next && next->at == first.at && compare(next, &first) == 0) {
		vec_push(&w->same, next->node);
		w->pieces.n--;
		next = vec_last(&w->pieces);
	}
	return first;
}

/* The line up to 'len'; its number is that of the nodes in 'same'. */
static void write_line(const struct writer *w, struct out *o, size_t len)
{
	const node_id *node;
	uint64_t number = 0;

	vec_each(node, &w->same) {
		const struct profile_node *it = &w->p->nodes.items[*node];

		number += w->options->weights ? it->weight : it->count;
	}
	out_write(o, w->line.items, len);
	out_char(o, ' ');
	out_u64(o, number);
	out_char(o, '\n');
}

/* From the root down, each node's children in the order of their lines: so all lines come in
 * order, and what they begin with alike stands there already. */
void folded_write(struct out *o, const struct profile *p,
		  const struct folded_options *options)
{
	struct writer w;

	writer_init(&w, p, options);
	vec_push(&w.same, PROFILE_ROOT);
	push_below(&w, 0);
	while (w.pieces.n) {
		struct piece piece = pop(&w);
		size_t end = piece.at + piece.text.len;

		w.line.n = piece.at;
		vec_reserve(&w.line, piece.text.len + 1);
		memcpy(w.line.items + piece.at, piece.text.text, piece.text.len);
		w.line.items[end] = ';';
		if (piece.is_last)
			write_line(&w, o, end);
		else
			push_below(&w, end + 1);
	}
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
