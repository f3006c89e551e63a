#include "render/data/svg_read.h"

#include "base/scoped.h"
#include "render/data/svg_data.h"
#include "render/data/svg_facts.h"
#include "render/data/svg_nodes.h"
#include "render/data/svg_times.h"
#include "render/data/text_list.h"

#include <string.h>

/* What is known while a profile is read; nodes are in the data's order. */
struct loading {
	struct coder *coder;
	struct profile *profile;
	VEC(str_id) objects;
	VEC(frame_id) frames;
	struct svg_nodes nodes;
	node_id *ids; /* the profile's nodes */
};

static void loading_release(struct loading *l)
{
	coder_free(&l->coder);
	vec_release(&l->objects);
	vec_release(&l->frames);
	mem_release(&l->nodes.items);
	mem_release(&l->nodes.weights);
	mem_release(&l->ids);
}

bool svg_knows(const char *start, size_t size)
{
	static const char mark[] = "<?xml ";

	return size >= strlen(mark) && memcmp(start, mark, strlen(mark)) == 0;
}

static void read_frame(struct loading *l, str_id name, uint32_t *last_object,
		       uint32_t *last_attributes)
{
	uint64_t object = coder_number(l->coder, svg_data_of_object(*last_object), 0);
	uint32_t bits = (uint32_t)coder_bits(
		l->coder, svg_data_of_attributes((uint32_t)object, *last_attributes), 8,
		0);
	struct frame frame = {
		.name = name,
		.kind = bits & SVG_DATA_KIND,
		.is_inlined = bits & SVG_DATA_INLINED,
	};

	*last_object = (uint32_t)object;
	*last_attributes = bits;
	if (frame.kind >= FRAME_KINDS || object > l->objects.n) {
		coder_fail(l->coder);
		return;
	}
	frame.object = object ? l->objects.items[object - 1] : 0;
	vec_push(&l->frames, frame_add(&l->profile->frames, &frame));
}

static void read_frames(struct loading *l)
{
	struct strtab *strings = &l->profile->strings;
	scoped(text_list_release) struct text_list objects, names;
	uint32_t object = 0, attributes = 0;
	const char *text;
	size_t len;

	text_list_init(&objects);
	text_list_init(&names);
	text_list_read(&objects, l->coder);
	text_list_read(&names, l->coder);
	while (text_list_next(&objects, &text, &len))
		vec_push(&l->objects, strtab_add_len(strings, text, len));
	while (text_list_next(&names, &text, &len) && !coder_failed(l->coder))
		read_frame(l, strtab_add_len(strings, text, len), &object, &attributes);
}

/* The tree, and what its nodes have themselves. */
static void read_nodes(struct loading *l, bool weights)
{
	scoped(mem_release) node_id *open = NULL; /* the last node of each depth */

	svg_nodes_code(l->coder, &l->nodes, (uint32_t)l->frames.n, weights);
	if (coder_failed(l->coder))
		return;
	l->ids = mem_new(l->nodes.n, sizeof(*l->ids));
	open = mem_new(l->nodes.n, sizeof(*open));
	for (size_t i = 0; i < l->nodes.n; i++) {
		const struct svg_node *n = &l->nodes.items[i];

		l->ids[i] = i ? profile_child(l->profile, open[n->depth - 1],
					      l->frames.items[n->frame])
			      : PROFILE_ROOT;
		open[n->depth] = l->ids[i];
		profile_add(l->profile, l->ids[i], n->count,
			    weights ? l->nodes.weights[i] : 0);
	}
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

int svg_read(struct profile *p, struct timeline *t, struct run_info *c, const char *text,
	     size_t size, struct error *err)
{
	size_t len;
	const char *data = find_data(text, size, &len);
	scoped(loading_release) struct loading l = {.profile = p};
	scoped(timeline_release) struct timeline unwanted = {0};
	uint64_t flags;

	if (!data)
		return error_set(err, "not a picture that flame drew");
	if (!len || *data != SVG_DATA_VERSION)
		return error_set(err, "drawn by another version of flame");
	l.coder = coder_reader(data + 1, len - 1);
	flags = coder_number(l.coder, (struct coder_contexts){.use = CODER_FIGURE}, 0);
	if (flags & SVG_DATA_SIDES && !coder_failed(l.coder))
		return error_set(err, "the picture of a comparison, which holds no "
				      "profile of its own");
	c->weight_is_time = flags & SVG_DATA_WEIGHT_IS_TIME;
	svg_facts_read(l.coder, c);
	read_frames(&l);
	read_nodes(&l, flags & SVG_DATA_WEIGHTS);
	if (flags & SVG_DATA_TIMES && !coder_failed(l.coder))
		svg_times_read(l.coder, &l.nodes, l.ids, t ? t : &unwanted);
	if (!coder_is_complete(l.coder))
		return error_set(err, "the picture's data is damaged");
	return 0;
}
