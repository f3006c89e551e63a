#include "render/data/svg_data.h"

#include "base/deflate.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "render/data/base91.h"
#include "render/data/svg_facts.h"
#include "render/data/svg_nodes.h"
#include "render/data/svg_sides.h"
#include "render/data/svg_times.h"
#include "render/data/text_list.h"
#include "render/data/varint.h"

#include <assert.h>
#include <string.h>

enum { NO_NUMBER = UINT32_MAX };

/* Strings in the order of their first use. number[] has each str_id's index in 'used', or
 * NO_NUMBER. */
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
		names->number[id] = narrow_u32(names->used.n);
		vec_push(&names->used, id);
	}
	return names->number[id];
}

static void names_release(struct names *names)
{
	mem_free(names->number);
	vec_release(&names->used);
}

static void text_list_add_string(struct text_list *l, const struct profile *p, str_id id)
{
	text_list_add(l, strtab_str(&p->strings, id), strtab_len(&p->strings, id));
}

/* Frames in the order of their first use. number[] has each frame_id's index in
 * 'used', or NO_NUMBER. */
struct frames {
	const struct profile *profile;
	VEC(frame_id) used;
	uint32_t *number;
};

static void frames_init(struct frames *f, const struct profile *p, const struct layout *l)
{
	size_t size = (p->frames.items.n + 1) * sizeof(*f->number);

	*f = (struct frames){.profile = p, .number = mem_new(size, 1)};
	memset(f->number, 0xff, size);
	for (size_t i = 1; i < l->nodes.n; i++) {
		frame_id frame = l->nodes.items[i].frame;

		if (f->number[frame] != NO_NUMBER)
			continue;
		f->number[frame] = narrow_u32(f->used.n);
		vec_push(&f->used, frame);
	}
}

static void frames_release(struct frames *f)
{
	mem_free(f->number);
	vec_release(&f->used);
}

static void put_names(struct out *o, const struct frames *frames,
		      const struct names *objects)
{
	const struct profile *p = frames->profile;
	scoped(text_list_release) struct text_list object_names, names;
	const str_id *object;
	const frame_id *id;

	text_list_init(&object_names);
	text_list_init(&names);
	vec_each(object, &objects->used)
		text_list_add_string(&object_names, p, *object);
	vec_each(id, &frames->used)
		text_list_add_string(&names, p, frame_at(&p->frames, *id)->name);
	text_list_write(&object_names, o);
	text_list_write(&names, o);
}

static uint8_t attributes_of(const struct profile *p, const struct frame *f)
{
	unsigned inlined = f->is_inlined ? SVG_DATA_INLINED : 0;

	return (uint8_t)(f->kind | inlined |
			 palette_shade(&p->frames, f) << SVG_DATA_SHADE_SHIFT);
}

static void put_frames(struct out *o, const struct frames *frames)
{
	const struct profile *p = frames->profile;
	struct names objects;
	const frame_id *id;

	names_init(&objects, &p->strings);
	vec_each(id, &frames->used)
		if (frame_at(&p->frames, *id)->object)
			names_add(&objects, frame_at(&p->frames, *id)->object);
	put_names(o, frames, &objects);
	vec_each(id, &frames->used) {
		str_id object = frame_at(&p->frames, *id)->object;

		varint_write(o, object ? objects.number[object] + 1 : 0);
	}
	vec_each(id, &frames->used)
		out_char(o, (char)attributes_of(p, frame_at(&p->frames, *id)));
	names_release(&objects);
}

static void put_nodes(struct out *o, const struct svg_picture *pic,
		      const struct frames *frames, bool has_weights)
{
	const struct layout *l = pic->layout;
	struct svg_nodes nodes = {.n = l->nodes.n};

	nodes.items = mem_new(nodes.n, sizeof(*nodes.items));
	if (has_weights)
		nodes.weights = mem_new(nodes.n, sizeof(*nodes.weights));
	for (size_t i = 0; i < nodes.n; i++) {
		const struct layout_node *n = &l->nodes.items[i];
		const struct profile_node *self = &pic->profile->nodes.items[n->node];

		nodes.items[i] = (struct svg_node){
			.frame = i ? frames->number[n->frame] : 0,
			.depth = n->depth,
			.count = self->count,
		};
		if (has_weights)
			nodes.weights[i] = self->weight;
	}
	svg_nodes_write(o, &nodes, narrow_u32(frames->used.n));
	mem_free(nodes.items);
	mem_free(nodes.weights);
}

static unsigned flags_of(const struct svg_picture *pic)
{
	unsigned flags = pic->run_info->weight_is_time ? SVG_DATA_WEIGHT_IS_TIME : 0;
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

static void put_profile(struct out *o, const struct svg_picture *pic)
{
	unsigned flags = flags_of(pic);
	struct frames frames;

	varint_write(o, flags);
	svg_facts_write(o, pic->run_info);
	frames_init(&frames, pic->profile, pic->layout);
	put_frames(o, &frames);
	put_nodes(o, pic, &frames, flags & SVG_DATA_WEIGHTS);
	if (flags & SVG_DATA_TIMES)
		svg_times_write(o, pic);
	if (flags & SVG_DATA_SIDES)
		svg_sides_write(o, pic, frames.number, frames.used.n);
	frames_release(&frames);
}

void svg_data_write(struct out *o, const struct svg_picture *pic)
{
	scoped(out_free) struct out *plain = out_memory(), *packed = out_memory();
	scoped(mem_release) void *deflated = NULL;
	size_t size;

	assert(pic->layout->nodes.n == pic->profile->nodes.n);
	put_profile(plain, pic);
	deflated = deflate_pack(out_data(plain), out_pos(plain), &size);
	varint_write(packed, out_pos(plain));
	out_write(packed, deflated, size);
	out_char(o, SVG_DATA_VERSION);
	base91_write(o, out_data(packed), out_pos(packed));
}
