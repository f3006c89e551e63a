#include "render/data/svg_read.h"

#include "base/deflate.h"
#include "base/narrow.h"
#include "base/scoped.h"
#include "render/data/base91.h"
#include "render/data/svg_data.h"
#include "render/data/svg_facts.h"
#include "render/data/svg_nodes.h"
#include "render/data/svg_times.h"
#include "render/data/text_list.h"

#include <string.h>

/* State of reading. Damage sets in.failed. */
struct profile_reader {
	struct bytes in;
	struct profile *profile;
	/* by the numbers of the data */
	VEC(str_id) objects;
	VEC(struct frame) frames;
	struct svg_nodes nodes;
	/* of each node of the data, the profile's */
	node_id *ids;
};

static void profile_reader_release(struct profile_reader *r)
{
	vec_release(&r->objects);
	vec_release(&r->frames);
	mem_release(&r->nodes.items);
	mem_release(&r->nodes.weights);
	mem_release(&r->ids);
}

bool svg_knows(const char *start, size_t size)
{
	static const char mark[] = "<?xml ";

	return size >= strlen(mark) && memcmp(start, mark, strlen(mark)) == 0;
}

static void read_names(struct profile_reader *r)
{
	struct strtab *strings = &r->profile->strings;
	scoped(text_list_release) struct text_list objects, names;
	const char *text;
	size_t len;

	text_list_init(&objects);
	text_list_init(&names);
	text_list_read(&objects, &r->in);
	text_list_read(&names, &r->in);
	/* Each frame has an object and attributes, which take a byte each. */
	if (text_list_count(&names) > bytes_left(&r->in) / 2)
		r->in.failed = true;
	if (r->in.failed)
		return;
	while (text_list_next(&objects, &text, &len))
		vec_push(&r->objects, strtab_add_len(strings, text, len));
	while (text_list_next(&names, &text, &len))
		vec_push(&r->frames,
			 ((struct frame){.name = strtab_add_len(strings, text, len)}));
}

static void read_frames(struct profile_reader *r)
{
	struct frame *frame;

	read_names(r);
	vec_each(frame, &r->frames) {
		uint64_t object = bytes_uleb(&r->in);

		if (object > r->objects.n)
			r->in.failed = true;
		else if (object)
			frame->object = r->objects.items[object - 1];
	}
	vec_each(frame, &r->frames) {
		uint8_t attributes = bytes_u8(&r->in);

		frame->kind = attributes & SVG_DATA_KIND;
		frame->is_inlined = attributes & SVG_DATA_INLINED;
		if (frame->kind >= FRAME_KINDS)
			r->in.failed = true;
	}
}

static frame_id *add_frames(struct profile_reader *r)
{
	frame_id *ids = mem_new(r->frames.n + 1, sizeof(*ids));

	for (size_t i = 0; i < r->frames.n; i++)
		ids[i] = frame_add(&r->profile->frames, &r->frames.items[i]);
	return ids;
}

static void add_nodes(struct profile_reader *r)
{
	size_t n = r->nodes.n;
	scoped(mem_release) frame_id *frames = add_frames(r);
	/* the last node of each depth */
	scoped(mem_release) node_id *path = mem_new(n, sizeof(*path));

	r->ids = mem_new(n, sizeof(*r->ids));
	for (size_t i = 0; i < n; i++) {
		const struct svg_node *node = &r->nodes.items[i];

		r->ids[i] = i ? profile_child(r->profile, path[node->depth - 1],
					      frames[node->frame])
			      : PROFILE_ROOT;
		path[node->depth] = r->ids[i];
		profile_add(r->profile, r->ids[i], node->count,
			    r->nodes.weights ? r->nodes.weights[i] : 0);
	}
}

static void read_profile(struct profile_reader *r, struct timeline *t, struct run_info *c,
			 uint64_t flags)
{
	c->weight_is_time = flags & SVG_DATA_WEIGHT_IS_TIME;
	svg_facts_read(&r->in, c);
	read_frames(r);
	if (!svg_nodes_read(&r->in, &r->nodes, narrow_u32(r->frames.n),
			    flags & SVG_DATA_WEIGHTS))
		return;
	add_nodes(r);
	if (flags & SVG_DATA_TIMES)
		svg_times_read(&r->in, &r->nodes, r->ids, t);
}

/* The text of the element that holds the data, '*len' characters; NULL if there is
 * none. */
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

/* The inflated data, '*size' bytes, which the caller frees with mem_free(); NULL if it
 * is damaged or too large. */
static void *unpack(const char *text, size_t len, size_t *size)
{
	size_t packed_size = 0;
	scoped(mem_release) uint8_t *packed = base91_read(text, len, &packed_size);
	struct bytes in = bytes_of(packed, packed_size);

	*size = bytes_uleb(&in);
	return *size <= SVG_DATA_SIZE_MAX ? deflate_unpack(in, *size) : NULL;
}

static int fail_version(char version, struct error *err)
{
	bool is_visible = version > ' ' && version <= '~';

	return error_set(err,
			 "the picture's data has version '%c', but this flame reads "
			 "version '%c' only: draw the picture again",
			 is_visible ? version : '?', SVG_DATA_VERSION);
}

int svg_read(struct profile *p, struct timeline *t, struct run_info *c, const char *text,
	     size_t size, struct error *err)
{
	scoped(profile_reader_release) struct profile_reader r = {.profile = p};
	scoped(timeline_release) struct timeline unused = {0};
	scoped(mem_release) void *data = NULL;
	size_t len;
	uint64_t flags;
	const char *data_text = find_data(text, size, &len);

	if (!data_text || !len)
		return error_set(err, "not a picture that flame drew");
	if (*data_text != SVG_DATA_VERSION)
		return fail_version(*data_text, err);
	data = unpack(data_text + 1, len - 1, &len);
	r.in = bytes_of(data, len);
	r.in.failed = !data;
	flags = bytes_uleb(&r.in);
	if (flags & SVG_DATA_SIDES && !r.in.failed)
		return error_set(err, "the picture of a comparison, which holds no "
				      "profile of its own");
	read_profile(&r, t ? t : &unused, c, flags);
	if (r.in.failed || bytes_left(&r.in))
		return error_set(err, "the picture's data is damaged");
	return 0;
}
