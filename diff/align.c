#include "diff/align.h"

#include "base/mem.h"
#include "diff/alias.h"

#include <assert.h>
#include <string.h>

void aligner_init(struct aligner *a, struct profile *into,
		  const struct align_options *options)
{
	assert(into->nodes.n == 1 && !into->frames.items.n);
	*a = (struct aligner){.into = into, .options = *options};
}

void aligner_release(struct aligner *a)
{
	hashmap_release(&a->by_alias);
	vec_release(&a->frames);
}

static str_id copy_string(struct aligner *a, const struct profile *p, str_id id)
{
	return strtab_add_len(&a->into->strings, strtab_str(&p->strings, id),
			      strtab_len(&p->strings, id));
}

/* The alias of a string of the union, by one of the functions of alias.h. */
static str_id alias_add(struct aligner *a, str_id id,
			size_t (*make)(char *to, const char *name, size_t len))
{
	size_t len = strtab_len(&a->into->strings, id);
	char *text;

	if (a->options.exact || !len)
		return id;
	text = mem_new(len, 1);
	len = make(text, strtab_str(&a->into->strings, id), len);
	id = strtab_add_len(&a->into->strings, text, len);
	mem_free(text);
	return id;
}

/* The union's frame for a frame of 'p', added if it is new. */
static frame_id union_frame(struct aligner *a, const struct profile *p,
			    const struct frame *f)
{
	struct frame frame = *f;
	struct aligned_frame like = {.is_root = f->kind == FRAME_ROOT};
	struct aligned_frame *frames = a->frames.items;
	const struct frame *shown;
	uint64_t hash;
	uint32_t id;

	frame.name = copy_string(a, p, f->name);
	frame.object = a->options.objects ? copy_string(a, p, f->object) : 0;
	like.name = alias_add(a, frame.name, like.is_root ? alias_root : alias_function);
	like.object = alias_add(a, frame.object, alias_object);
	hash = hash_u64((uint64_t)like.name << 32 | like.object, like.is_root);
	id = hashmap_find(&a->by_alias, hash, v,
			  frames[v].name == like.name &&
				  frames[v].object == like.object &&
				  frames[v].is_root == like.is_root);
	if (id != HASHMAP_NONE) {
		shown = frame_at(&a->into->frames, id);
		frames[id].has_spellings |=
			shown->name != frame.name || shown->object != frame.object;
		return id;
	}
	id = frame_add(&a->into->frames, &frame);
	assert(id == a->frames.n); /* 'into' was empty */
	hashmap_put(&a->by_alias, hash, id);
	vec_push(&a->frames, like);
	return id;
}

void aligner_add(struct aligner *a, const struct profile *p, node_id *nodes)
{
	frame_id *frames = mem_new(p->frames.items.n, sizeof(*frames));

	for (size_t i = 0; i < p->frames.items.n; i++)
		frames[i] = union_frame(a, p, &p->frames.items.items[i]);
	nodes[PROFILE_ROOT] = PROFILE_ROOT;
	for (size_t i = 1; i < p->nodes.n; i++) {
		const struct profile_node *node = &p->nodes.items[i];

		nodes[i] =
			profile_child(a->into, nodes[node->parent], frames[node->frame]);
	}
	mem_free(frames);
}

void aligner_finish(struct aligner *a)
{
	for (size_t i = 0; i < a->frames.n; i++) {
		struct frame *f = &a->into->frames.items.items[i];

		if (!a->frames.items[i].has_spellings)
			continue;
		f->name = a->frames.items[i].name;
		f->object = a->frames.items[i].object;
	}
}
