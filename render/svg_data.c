#include "render/svg_data.h"

#include "render/palette.h"
#include "render/text.h"

#include <string.h>

enum { NO_NUMBER = UINT32_MAX, INLINED = 16, SHADE_SHIFT = 5 };

static void put_varint(struct out *o, uint64_t n)
{
	char bytes[10];
	size_t len = 0;

	for (; n > 127; n >>= 7)
		bytes[len++] = (char)(n | 128);
	bytes[len++] = (char)n;
	out_write(o, bytes, len);
}

/* Base64 of what an output in memory holds. */
static void put_base64(struct out *o, const struct out *from)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *data = (const uint8_t *)out_data(from);
	size_t size = out_tell(from);

	for (size_t i = 0; i < size; i += 3) {
		size_t n = size - i < 3 ? size - i : 3;
		uint32_t v = (uint32_t)data[i] << 16 | (n > 1 ? data[i + 1] << 8 : 0) |
			     (n > 2 ? data[i + 2] : 0);
		char four[4] = {digits[v >> 18], digits[v >> 12 & 63],
				n > 1 ? digits[v >> 6 & 63] : '=',
				n > 2 ? digits[v & 63] : '='};

		out_write(o, four, sizeof(four));
	}
}

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

static void put_texts(struct out *o, const struct strtab *strings, const str_id *ids,
		      size_t n)
{
	struct out *text = out_memory();

	for (size_t i = 0; i < n; i++) {
		text_write(text, strtab_str(strings, ids[i]),
			   strtab_len(strings, ids[i]));
		out_char(text, '\n');
	}
	put_varint(o, n);
	put_varint(o, out_tell(text));
	out_write(o, out_data(text), out_tell(text));
	out_free(&text);
}

/* Writes the frames that the layout uses, in the order of their first use; returns their
 * numbers by id. */
static uint32_t *put_frames(struct out *o, const struct profile *p,
			    const struct layout *l)
{
	size_t n_ids = p->frames.items.n;
	uint32_t *number = mem_new(n_ids + 1, sizeof(*number));
	VEC(frame_id) used = {0};
	VEC(str_id) texts = {0};
	struct names objects;
	const frame_id *id;

	memset(number, 0xff, (n_ids + 1) * sizeof(*number));
	names_init(&objects, &p->strings);
	for (size_t i = 1; i < l->nodes.n; i++) {
		frame_id frame = l->nodes.items[i].frame;

		if (number[frame] != NO_NUMBER)
			continue;
		number[frame] = (uint32_t)used.n;
		vec_push(&used, frame);
		vec_push(&texts, frame_at(&p->frames, frame)->name);
		if (frame_at(&p->frames, frame)->object)
			names_add(&objects, frame_at(&p->frames, frame)->object);
	}
	put_texts(o, &p->strings, objects.used.items, objects.used.n);
	put_texts(o, &p->strings, texts.items, texts.n);
	vec_each(id, &used) {
		const struct frame *f = frame_at(&p->frames, *id);

		out_char(o, (char)(f->kind | (f->is_inlined ? INLINED : 0) |
				   palette_shade(&p->frames, f) << SHADE_SHIFT));
		put_varint(o, f->object ? objects.number[f->object] + 1 : 0);
	}
	names_release(&objects);
	vec_release(&texts);
	vec_release(&used);
	return number;
}

static void put_nodes(struct out *o, const struct layout *l, const uint32_t *number,
		      bool weights)
{
	const struct layout_node *nodes = l->nodes.items;
	size_t n = l->nodes.n;

	put_varint(o, n - 1);
	put_varint(o, nodes[0].self_count);
	put_varint(o, nodes[0].self_weight);
	for (size_t i = 1; i < n; i++)
		put_varint(o, nodes[i - 1].depth + 1 - nodes[i].depth);
	for (size_t i = 1; i < n; i++)
		put_varint(o, number[nodes[i].frame]);
	for (size_t i = 1; i < n; i++)
		put_varint(o, nodes[i].self_count);
	for (size_t i = 1; weights && i < n; i++)
		put_varint(o, nodes[i].self_weight);
}

void svg_data_write(struct out *o, const struct profile *p, const struct layout *l,
		    bool weight_is_time)
{
	struct out *bytes = out_memory();
	const struct layout_node *node;
	uint32_t *number;
	bool weights = false;

	vec_each(node, &l->nodes)
		weights |= node->self_weight != 0;
	put_varint(bytes, SVG_DATA_VERSION);
	put_varint(bytes, (weights ? SVG_DATA_WEIGHTS : 0) |
				  (weight_is_time ? SVG_DATA_WEIGHT_IS_TIME : 0));
	number = put_frames(bytes, p, l);
	put_nodes(bytes, l, number, weights);
	put_base64(o, bytes);
	mem_free(number);
	out_free(&bytes);
}
