#include "render/svg_read.h"

#include "base/bytes.h"
#include "base/deflate.h"
#include "base/scoped.h"
#include "render/base64.h"
#include "render/svg_data.h"
#include "render/svg_facts.h"
#include "render/svg_times.h"
#include "render/text_list.h"
#include "render/varint.h"

#include <string.h>

/* Unpacked: more than ten million frames. */
enum { DATA_MOST = 64 << 20 };

/* What is known while a profile is read; nodes are in the data's order. */
struct loading {
	struct bytes b;
	struct profile *profile;
	VEC(str_id) objects;
	VEC(frame_id) frames;
	size_t n_nodes; /* with the root */
	node_id *nodes;
	uint64_t *counts; /* self */
};

static void loading_release(struct loading *l)
{
	vec_release(&l->objects);
	vec_release(&l->frames);
	mem_release(&l->nodes);
	mem_release(&l->counts);
}

bool svg_knows(const char *start, size_t size)
{
	static const char mark[] = "<?xml ";

	return size >= strlen(mark) && memcmp(start, mark, strlen(mark)) == 0;
}

static void read_objects(struct loading *l)
{
	struct text_reader list = text_reader_of(&l->b);
	const char *text;
	size_t len;

	while (text_reader_next(&list, &text, &len))
		vec_push(&l->objects, strtab_add_len(&l->profile->strings, text, len));
	l->b.failed |= list.lines.failed;
}

static void read_frames(struct loading *l)
{
	struct text_reader list = text_reader_of(&l->b);
	const char *text;
	size_t len;

	while (text_reader_next(&list, &text, &len)) {
		uint8_t bits = bytes_u8(&l->b);
		uint64_t object = varint_read(&l->b);
		struct frame frame = {
			.name = strtab_add_len(&l->profile->strings, text, len),
			.kind = bits & SVG_DATA_KIND,
			.is_inlined = bits & SVG_DATA_INLINED,
		};

		if (frame.kind >= FRAME_KINDS || object > l->objects.n)
			l->b.failed = true;
		if (l->b.failed)
			return;
		frame.object = object ? l->objects.items[object - 1] : 0;
		vec_push(&l->frames, frame_add(&l->profile->frames, &frame));
	}
	l->b.failed |= list.lines.failed;
}

/* The depths and the frames of all nodes: the tree. */
static void read_tree(struct loading *l)
{
	uint64_t n = varint_read(&l->b);
	scoped(mem_release) uint32_t *depths = NULL;
	scoped(mem_release) node_id *open = NULL; /* the last node of each depth */

	/* Each node has at least a byte in each of three columns. */
	if (n > bytes_left(&l->b) / 3) {
		l->b.failed = true;
		return;
	}
	l->n_nodes = n + 1;
	l->nodes = mem_new(n + 1, sizeof(*l->nodes));
	depths = mem_new(n + 1, sizeof(*depths));
	open = mem_new(n + 1, sizeof(*open));
	for (size_t i = 1; i <= n; i++) {
		uint64_t up = varint_read(&l->b);

		l->b.failed |= up > depths[i - 1];
		depths[i] = l->b.failed ? 1 : depths[i - 1] + 1 - (uint32_t)up;
	}
	for (size_t i = 1; i <= n; i++) {
		uint64_t frame = varint_read(&l->b);

		l->b.failed |= frame >= l->frames.n;
		if (l->b.failed)
			return;
		l->nodes[i] = profile_child(l->profile, open[depths[i] - 1],
					    l->frames.items[frame]);
		open[depths[i]] = l->nodes[i];
	}
}

static void read_counts(struct loading *l, bool weights)
{
	uint64_t usual;

	if (l->b.failed)
		return;
	l->counts = mem_new(l->n_nodes, sizeof(*l->counts));
	for (size_t i = 0; i < l->n_nodes; i++) {
		l->counts[i] = varint_read(&l->b);
		profile_add(l->profile, l->nodes[i], l->counts[i], 0);
	}
	if (!weights)
		return;
	usual = varint_read(&l->b);
	for (size_t i = 0; i < l->n_nodes; i++) {
		uint64_t more = varint_read(&l->b);

		more = more >> 1 ^ (more & 1 ? UINT64_MAX : 0);
		profile_add(l->profile, l->nodes[i], 0, l->counts[i] * usual + more);
	}
}

static void read_profile(struct loading *l, struct conditions *c, unsigned flags)
{
	c->weight_is_time = flags & SVG_DATA_WEIGHT_IS_TIME;
	svg_facts_read(&l->b, c);
	read_objects(l);
	read_frames(l);
	read_tree(l);
	read_counts(l, flags & SVG_DATA_WEIGHTS);
}

/* What is behind the flags, unpacked into memory of its own if need be. */
static void *unpack(struct loading *l, unsigned flags)
{
	uint64_t size;
	void *data;

	if (!(flags & SVG_DATA_DEFLATED))
		return NULL;
	size = varint_read(&l->b);
	data = l->b.failed || size > DATA_MOST ? NULL : deflate_unpack(l->b, size);
	l->b = bytes_of(data, size);
	l->b.failed = !data;
	return data;
}

/* The text of the element that holds the data; NULL where there is none. */
static const char *find_data(const char *text, size_t size, size_t *len)
{
	static const char tag[] = "<metadata id=\"data\">";
	const char *start = memmem(text, size, tag, strlen(tag)), *end;

	if (!start)
		return NULL;
	start += strlen(tag);
	end = memchr(start, '<', (size_t)(text + size - start));
	*len = end ? (size_t)(end - start) : 0;
	return end ? start : NULL;
}

int svg_read(struct profile *p, struct timeline *t, struct conditions *c,
	     const char *text, size_t size, struct error *err)
{
	size_t len, n_bytes = 0;
	const char *data = find_data(text, size, &len);
	scoped(mem_release) void *bytes = data ? base64_read(data, len, &n_bytes) : NULL;
	scoped(mem_release) void *unpacked = NULL;
	scoped(loading_release) struct loading l = {.profile = p};
	uint64_t version, flags;

	if (!data)
		return error_set(err, "not a picture that flame drew");
	l.b = bytes_of(bytes, n_bytes);
	version = varint_read(&l.b);
	flags = varint_read(&l.b);
	if (!l.b.failed && version != SVG_DATA_VERSION)
		return error_set(err, "drawn by another version of flame");
	if (!l.b.failed && flags & SVG_DATA_SIDES)
		return error_set(err, "the picture of a comparison, which holds no "
				      "profile of its own");
	unpacked = unpack(&l, (unsigned)flags);
	read_profile(&l, c, (unsigned)flags);
	if (flags & SVG_DATA_TIMES && t && !l.b.failed)
		svg_times_read(&l.b, l.nodes, l.n_nodes, t);
	return l.b.failed ? error_set(err, "the picture's data is damaged") : 0;
}
