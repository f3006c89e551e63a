#include "fold/folded.h"

#include "base/arena.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "fold/fold.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* No more decimals fit into 64 bits. */
enum { DECIMALS_MOST = 19 };

static bool has_suffix(const char *s, size_t len, const char *suffix)
{
	return len > strlen(suffix) &&
	       memcmp(s + len - strlen(suffix), suffix, strlen(suffix)) == 0;
}

/* The mark after a frame's name, or "". */
static const char *mark_of(const struct frame *f,
			   const struct text_write_options *options)
{
	if (f->is_inlined)
		return "_[i]";
	if (options->kernel && (f->kind == FRAME_KERNEL || f->kind == FRAME_MODULE))
		return "_[k]";
	if (options->jit && f->kind == FRAME_JIT)
		return "_[j]";
	return "";
}

/* The name of a frame as it stands in a line, with its mark. */
struct frame_text {
	const char *text;
	uint32_t len;
};

/* Positions of a frame in lines, at which some names would not be read back. */
enum positions {
	IS_FIRST = 1, /* of a line */
	IS_ALONE = 2, /* in a line */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Replaces the bytes that lines are made of. Writing the replaced name again changes
 * nothing. */
static void name_replace(char *name, size_t len, bool is_process)
{
	for (size_t i = 0; i < len; i++) {
		if (name[i] == ';')
			name[i] = ':';
		else if (name[i] == '\n' || name[i] == '\r' || name[i] == '\0')
			name[i] = ' ';
		if (name[i] == ' ' && is_process)
			name[i] = '_';
	}
}

static struct frame_text frame_text_make(const struct profile *p, const struct frame *f,
					 uint8_t positions,
					 const struct text_write_options *options,
					 struct arena *text)
{
	const char *name = strtab_str(&p->strings, f->name);
	size_t len = strtab_len(&p->strings, f->name);
	/* A name that was read from folded text may have the mark already. */
	const char *mark =
		has_suffix(name, len, mark_of(f, options)) ? "" : mark_of(f, options);
	size_t mark_len = strlen(mark);
	char *to;

	if (!len && positions & IS_ALONE) {
		name = "[unnamed]";
		len = strlen(name);
	}
	to = arena_take(text, len + mark_len + 1);
	memcpy(to, name, len);
	name_replace(to, len, f->kind == FRAME_ROOT && !options->process_blanks);
	memcpy(to + len, mark, mark_len);
	/* The beginning of a comment. */
	if (positions & IS_FIRST && len > 1 && to[0] == '#' && to[1] == ' ')
		to[1] = '_';
	return (struct frame_text){to, narrow_u32(len + mark_len)};
}

/* One frame at one position of a line. It is either the last frame of the line, or ';'
 * and the frames of its callees follow. A node with samples of its own and with
 * children is both: two pieces. */
struct piece {
	struct frame_text text;
	bool is_last;
	node_id node;
	size_t line_at; /* byte position in the line */
};

struct writer {
	const struct profile *p;
	const struct text_write_options *options;
	struct arena text;
	struct frame_text *frames; /* by frame_id */
	/* The children of node i are children[child_starts[i]] to
	 * children[child_starts[i + 1] - 1]. */
	uint32_t *child_starts;
	node_id *children;
	VEC(struct piece) pieces; /* a stack: pieces not written yet, the next one last */
	VEC(node_id) same_text;	  /* nodes of all pieces that equal the current one */
	VEC(char) line;
};

static void list_children(struct writer *w)
{
	const struct profile *p = w->p;
	uint32_t before = 0;

	w->child_starts = mem_new(p->nodes.n + 1, sizeof(*w->child_starts));
	w->children = mem_resize(NULL, p->nodes.n, sizeof(*w->children));
	for (size_t i = 1; i < p->nodes.n; i++)
		w->child_starts[p->nodes.items[i].parent + 1]++;
	for (size_t i = 1; i <= p->nodes.n; i++) {
		uint32_t n = w->child_starts[i];

		w->child_starts[i] = before;
		before += n;
	}
	/* Filling moves each start to the start of the next node's children. */
	for (size_t i = 1; i < p->nodes.n; i++)
		w->children[w->child_starts[p->nodes.items[i].parent + 1]++] = (node_id)i;
}

/* The positions of each frame in all lines. */
static uint8_t *positions_find(const struct profile *p)
{
	uint8_t *positions = mem_new(p->frames.items.n, sizeof(*positions));

	for (size_t i = 1; i < p->nodes.n; i++) {
		const struct profile_node *node = &p->nodes.items[i];

		if (node->parent == PROFILE_ROOT)
			positions[node->frame] |=
				node->count ? IS_FIRST | IS_ALONE : IS_FIRST;
	}
	return positions;
}

static void writer_init(struct writer *w, const struct profile *p,
			const struct text_write_options *options)
{
	scoped(mem_release) uint8_t *positions = positions_find(p);

	*w = (struct writer){.p = p, .options = options};
	w->frames = mem_resize(NULL, p->frames.items.n, sizeof(*w->frames));
	for (size_t i = 0; i < p->frames.items.n; i++)
		w->frames[i] = frame_text_make(p, &p->frames.items.items[i], positions[i],
					       options, &w->text);
	list_children(w);
}

static void writer_release(struct writer *w)
{
	arena_release(&w->text);
	mem_free(w->frames);
	mem_free(w->child_starts);
	mem_free(w->children);
	vec_release(&w->pieces);
	vec_release(&w->same_text);
	vec_release(&w->line);
}

/* The byte of a piece at 'at', which is at most its length. The end of the line sorts
 * before all bytes. The text of a frame has no ';'. */
static int piece_byte(const struct piece *piece, uint32_t at)
{
	if (at < piece->text.len)
		return (unsigned char)piece->text.text[at];
	return piece->is_last ? -1 : ';';
}

static int pieces_compare(const struct piece *a, const struct piece *b)
{
	uint32_t n = a->text.len < b->text.len ? a->text.len : b->text.len;
	int order = memcmp(a->text.text, b->text.text, n);

	return order ? order : piece_byte(a, n) - piece_byte(b, n);
}

static int pieces_compare_reversed(const void *a, const void *b)
{
	return pieces_compare(b, a);
}

/* Pushes the pieces for the children of all nodes in 'same_text'. */
static void push_children(struct writer *w, size_t line_at)
{
	size_t before = w->pieces.n;
	const node_id *node;

	vec_each(node, &w->same_text) {
		for (uint32_t i = w->child_starts[*node]; i < w->child_starts[*node + 1];
		     i++) {
			node_id child = w->children[i];
			struct piece piece = {
				.text = w->frames[w->p->nodes.items[child].frame],
				.node = child,
				.line_at = line_at,
			};

			if (w->child_starts[child] < w->child_starts[child + 1])
				vec_push(&w->pieces, piece);
			piece.is_last = true;
			if (w->p->nodes.items[child].count)
				vec_push(&w->pieces, piece);
		}
	}
	if (w->pieces.n - before > 1)
		qsort(w->pieces.items + before, w->pieces.n - before,
		      sizeof(*w->pieces.items), pieces_compare_reversed);
}

/* Pops the next piece and all pieces that equal it, and lists their nodes in
 * 'same_text'. Frames of different kinds or objects may have the same name. */
static struct piece pop_piece(struct writer *w)
{
	struct piece first = *vec_last(&w->pieces);
	const struct piece *next = &first;

	w->same_text.n = 0;
	while (next && next->line_at == first.line_at &&
	       pieces_compare(next, &first) == 0) {
		vec_push(&w->same_text, next->node);
		w->pieces.n--;
		next = vec_last(&w->pieces);
	}
	return first;
}

/* Writes the first 'len' bytes of the line and the sum over all nodes in 'same_text'. */
static void write_line(const struct writer *w, struct out *o, size_t len)
{
	const node_id *node;
	uint64_t number = 0;

	vec_each(node, &w->same_text) {
		const struct profile_node *n = &w->p->nodes.items[*node];

		number += w->options->weights ? n->weight : n->count;
	}
	out_write(o, w->line.items, len);
	out_char(o, ' ');
	out_u64(o, number);
	out_char(o, '\n');
}

/* Walks the tree in the order of the lines. So the lines come out sorted, and the
 * common start of two lines is already in 'line'. */
void folded_write(struct out *o, const struct profile *p,
		  const struct text_write_options *options)
{
	struct writer w;

	assert(options);
	writer_init(&w, p, options);
	vec_push(&w.same_text, PROFILE_ROOT);
	push_children(&w, 0);
	while (w.pieces.n) {
		struct piece piece = pop_piece(&w);
		size_t end = piece.line_at + piece.text.len;

		w.line.n = piece.line_at;
		vec_reserve(&w.line, piece.text.len + 1);
		memcpy(w.line.items + piece.line_at, piece.text.text, piece.text.len);
		w.line.items[end] = ';';
		if (piece.is_last)
			write_line(&w, o, end);
		else
			push_children(&w, end + 1);
	}
	writer_release(&w);
}

/* The kind of a frame by the marks of stackcollapse-perf.pl, and by the names that
 * flame gives to code without a symbol. */
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

/* A number without its point: "1.50" is 15 with one decimal. */
struct decimal {
	uint64_t n;
	uint8_t decimals;
	bool is_huge; /* 2^64 or more */
};

/* Reads a number, with or without a fraction. */
static bool number_read(const char *s, size_t len, struct decimal *d)
{
	const char *point = memchr(s, '.', len);

	*d = (struct decimal){0};
	if (!len || point == s)
		return false;
	while (point && (s[len - 1] == '0' || s + len - 1 == point)) {
		len--;
		if (s + len == point)
			point = NULL;
	}
	for (size_t i = 0; i < len; i++) {
		if (s + i == point)
			continue;
		if (s[i] < '0' || s[i] > '9')
			return false;
		d->is_huge |= __builtin_mul_overflow(d->n, 10, &d->n) ||
			      __builtin_add_overflow(d->n, (uint64_t)(s[i] - '0'), &d->n);
	}
	if (point) {
		size_t decimals = (size_t)(s + len - point - 1);

		d->is_huge |= decimals > DECIMALS_MOST;
		d->decimals =
			(uint8_t)(decimals > DECIMALS_MOST ? DECIMALS_MOST : decimals);
	}
	return true;
}

/* Reads the number after the last blank, and cuts it off: '*len' becomes the length of
 * the stack. Returns false if there is none. */
static bool split_count(const char *line, size_t *len, struct decimal *count)
{
	size_t end = *len, at;

	while (end && is_blank(line[end - 1]))
		end--;
	at = end;
	while (at && !is_blank(line[at - 1]))
		at--;
	if (at < 2)
		return false;
	if (!number_read(line + at, end - at, count))
		return false;
	/* One blank separates stack and number; a name may end in blanks, too. */
	*len = at - 1;
	return true;
}

/* Multiplies *n by a power of ten. Returns false if the product is 2^64 or more. */
static bool shift_left(uint64_t *n, unsigned decimals)
{
	bool fits = true;

	while (decimals-- && *n)
		fits &= !__builtin_mul_overflow(*n, 10, n);
	return fits;
}

/* Gives the counts of the profile and 'd' the same number of decimals. */
static void decimals_match(struct profile *p, struct decimal *d,
			   struct text_read_result *result)
{
	unsigned more;
	struct profile_node *node;

	if (d->decimals > result->decimals) {
		more = (unsigned)(d->decimals - result->decimals);
		d->is_huge |= !shift_left(&p->count, more);
		/* No node has more than all together. */
		vec_each(node, &p->nodes)
			(void)shift_left(&node->count, more);
		result->decimals = d->decimals;
	}
	d->is_huge |= !shift_left(&d->n, (unsigned)(result->decimals - d->decimals));
}

/* Whether the text ends in a blank and a number. */
static bool ends_in_number(const char *s, size_t len)
{
	size_t at = len;

	while (at && s[at - 1] >= '0' && s[at - 1] <= '9')
		at--;
	return at < len && at > 1 && is_blank(s[at - 1]);
}

/* Comments begin with "# "; a process may have a name that begins with '#', or is '#'. */
static bool is_comment(const char *line, size_t len)
{
	size_t at = 2;

	if (*line != '#' || len == 1)
		return *line == '#';
	while (at < len && line[at] >= '0' && line[at] <= '9')
		at++;
	return line[1] == ' ' && (at < len || at == 2);
}

static void add_stack(struct profile *p, const char *line, size_t len, uint64_t count)
{
	node_id node = PROFILE_ROOT;
	const char *end = line + len;

	for (;;) {
		const char *stop = memchr(line, ';', (size_t)(end - line));
		size_t size = (size_t)((stop ? stop : end) - line);
		struct frame frame = {.name = strtab_add_len(&p->strings, line, size)};

		frame.kind = (uint8_t)(node == PROFILE_ROOT ? FRAME_ROOT
							    : kind_of(line, size));
		node = profile_child(p, node, frame_add(&p->frames, &frame));
		if (!stop)
			break;
		line = stop + 1;
	}
	profile_add(p, node, count, 0);
}

static void read_line(struct profile *p, const char *line, size_t len, size_t number,
		      struct text_read_result *result)
{
	struct decimal count;

	if (len && line[len - 1] == '\r')
		len--;
	if (!len || is_comment(line, len))
		return;
	if (!memchr(line, '\0', len) && split_count(line, &len, &count)) {
		if (count.decimals != result->decimals)
			decimals_match(p, &count, result);
		result->good_lines++;
		result->two_column_lines += ends_in_number(line, len);
		add_stack(p, line, len, count.n);
		if (count.is_huge || p->has_overflow)
			result->overflow_line = number;
	} else if (*line != '#' && !result->bad_lines++) {
		result->first_bad_line = number;
	}
}

void folded_read(struct profile *p, const char *text, size_t size,
		 const struct text_read_options *options, struct text_read_result *result)
{
	const char *end = text + size;

	(void)options;
	*result = (struct text_read_result){0};
	for (size_t number = 1; text < end && !result->overflow_line; number++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		read_line(p, text, (size_t)((stop ? stop : end) - text), number, result);
		text = stop ? stop + 1 : end;
	}
}

bool folded_knows(const char *text, size_t size)
{
	(void)text;
	(void)size;
	return true;
}

const struct text_format folded_format = {
	.name = "folded",
	.line_name = "folded stack",
	.knows = folded_knows,
	.read = folded_read,
	.write = folded_write,
};
