#include "render/svg_data.h"

#include "base/deflate.h"
#include "base/scoped.h"
#include "render/base64.h"
#include "render/svg_facts.h"
#include "render/svg_sides.h"
#include "render/svg_times.h"
#include "render/text_list.h"
#include "render/varint.h"

#include <string.h>

enum { NO_NUMBER = UINT32_MAX };

/* Strings in the order of their first use; 'number' leads from a string's id to its place. */
struct names {
	const struct strtab *strings;
	VEC(str_id) used;
	uint32_t *number;
};

static void names_init(struct names *names, const struct strtab *strings)
{
	*names = (struct names){.strings = strings};
	names->number = mem_new(strings->entries.n, sizeof(*names->number));
	memset(names->number, 0xff, strings->entries.n * sizeof(*names->number));
}

static uint32_t names_add(struct names *names, str_id id)
{
	if (names->number[id] == NO_NUMBER) {
		names->number[id] = (uint32_t)names->used.n;
		vec_push(&names->used, id);
	}
	return names->number[id];
}

static void names_release(struct names *names)
{
	mem_free(names->number);
	vec_release(&names->used);
}

static void put_text(struct text_list *l, const struct profile *p, str_id id)
{
	text_list_add(l, strtab_str(&p->strings, id), strtab_len(&p->strings, id));
}

/* Writes the frames that the layout uses, in the order of their first use; returns their
 * numbers by id. */
static uint32_t *put_frames(struct out *o, const struct profile *p,
			    const struct layout *l, size_t *n_used)
{
	size_t n_ids = p->frames.items.n;
	uint32_t *number = mem_new(n_ids + 1, sizeof(*number));
	VEC(frame_id) used = {0};
	struct text_list names, object_names;
	struct names objects;
	const frame_id *id;
	const str_id *object;

	memset(number, 0xff, (n_ids + 1) * sizeof(*number));
	text_list_init(&names);
	text_list_init(&object_names);
	names_init(&objects, &p->strings);
	for (size_t i = 1; i < l->nodes.n; i++) {
		frame_id frame = l->nodes.items[i].frame;

		if (number[frame] != NO_NUMBER)
			continue;
		number[frame] = (uint32_t)used.n;
		vec_push(&used, frame);
		put_text(&names, p, frame_at(&p->frames, frame)->name);
		if (frame_at(&p->frames, frame)->object)
			names_add(&objects, frame_at(&p->frames, frame)->object);
	}
	vec_each(object, &objects.used)
		put_text(&object_names, p, *object);
	text_list_write(&object_names, o);
	text_list_write(&names, o);
	vec_each(id, &used) {
		const struct frame *f = frame_at(&p->frames, *id);

		out_char(o, (char)(f->kind | (f->is_inlined ? SVG_DATA_INLINED : 0) |
				   palette_shade(&p->frames, f) << SVG_DATA_SHADE_SHIFT));
		varint_write(o, f->object ? objects.number[f->object] + 1 : 0);
	}
	*n_used = used.n;
	names_release(&objects);
	vec_release(&used);
	return number;
}

/* What a node of the layout has itself. */
static const struct profile_node *self_of(const struct svg_picture *pic, size_t i)
{
	return &pic->profile->nodes.items[pic->layout->nodes.items[i].node];
}

/* What a sample weighs, as far as all weigh the same. */
static uint64_t usual_weight(const struct profile *p)
{
	uint64_t count = 0, weight = 0;
	const struct profile_node *node;

	vec_each(node, &p->nodes) {
		count += node->count;
		weight += node->weight;
	}
	return count ? weight / count : 0;
}

/* By how much more or less than usual the samples of a node weigh. */
static uint64_t weight_left(const struct profile_node *node, uint64_t usual)
{
	uint64_t left = node->weight - node->count * usual;

	return left << 1 ^ (left >> 63 ? UINT64_MAX : 0);
}

static void put_nodes(struct out *o, const struct svg_picture *pic,
		      const uint32_t *number, bool weights)
{
	const struct layout_node *nodes = pic->layout->nodes.items;
	uint64_t usual = usual_weight(pic->profile);
	size_t n = pic->layout->nodes.n;

	varint_write(o, n - 1);
	for (size_t i = 1; i < n; i++)
		varint_write(o, nodes[i - 1].depth + 1 - nodes[i].depth);
	for (size_t i = 1; i < n; i++)
		varint_write(o, number[nodes[i].frame]);
	for (size_t i = 0; i < n; i++)
		varint_write(o, self_of(pic, i)->count);
	if (!weights)
		return;
	varint_write(o, usual);
	for (size_t i = 0; i < n; i++)
		varint_write(o, weight_left(self_of(pic, i), usual));
}

static unsigned flags_of(const struct svg_picture *pic)
{
	unsigned flags = pic->conditions->weight_is_time ? SVG_DATA_WEIGHT_IS_TIME : 0;
	const struct profile_node *node;

	if (pic->diff)
		return SVG_DATA_SIDES;
	if (pic->timeline && pic->timeline->slices.n)
		flags |= SVG_DATA_TIMES;
	vec_each(node, &pic->profile->nodes)
		if (node->weight)
			flags |= SVG_DATA_WEIGHTS;
	return flags;
}

/* Writes version and flags, and behind them the rest, packed where that is less. */
static void put_packed(struct out *o, unsigned flags, const struct out *rest)
{
	size_t size = out_tell(rest), packed_size;
	scoped(mem_release) void *packed =
		deflate_pack(out_data(rest), size, &packed_size);

	varint_write(o, SVG_DATA_VERSION);
	varint_write(o, flags | (packed ? SVG_DATA_DEFLATED : 0));
	if (packed)
		varint_write(o, size);
	out_write(o, packed ? packed : out_data(rest), packed ? packed_size : size);
}

void svg_data_write(struct out *o, const struct svg_picture *pic)
{
	scoped(out_free) struct out *rest = out_memory();
	scoped(out_free) struct out *all = out_memory();
	unsigned flags = flags_of(pic);
	uint32_t *number;
	size_t n_frames;

	svg_facts_write(rest, pic->conditions);
	number = put_frames(rest, pic->profile, pic->layout, &n_frames);
	put_nodes(rest, pic, number, flags & SVG_DATA_WEIGHTS);
	if (flags & SVG_DATA_TIMES)
		svg_times_write(rest, pic);
	if (flags & SVG_DATA_SIDES)
		svg_sides_write(rest, pic, number, n_frames);
	mem_free(number);
	put_packed(all, flags, rest);
	base64_write(o, out_data(all), out_tell(all));
}
