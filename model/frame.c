#include "model/frame.h"

#include "base/narrow.h"
#include "base/scoped.h"

#include <assert.h>

void frame_table_init(struct frame_table *t, struct strtab *strings)
{
	*t = (struct frame_table){.strings = strings};
}

void frame_table_release(struct frame_table *t)
{
	hashmap_release(&t->by_hash);
	vec_release(&t->items);
}

static bool frame_is_same(const struct frame *a, const struct frame *b)
{
	return a->name == b->name && a->object == b->object && a->kind == b->kind &&
	       a->is_inlined == b->is_inlined;
}

frame_id frame_add(struct frame_table *t, const struct frame *like)
{
	uint64_t hash = hash_u64((uint64_t)like->name << 32 | like->object,
				 (uint64_t)like->kind << 1 | like->is_inlined);
	frame_id id = hashmap_find(&t->by_hash, hash, i,
				   frame_is_same(&t->items.items[i], like));

	if (id != HASHMAP_NONE)
		return id;
	id = narrow_u32(t->items.n);
	hashmap_put(&t->by_hash, hash, id);
	vec_push(&t->items, *like);
	return id;
}

const struct frame *frame_at(const struct frame_table *t, frame_id id)
{
	assert(id < t->items.n);
	return &t->items.items[id];
}

const char *frame_name(const struct frame_table *t, frame_id id)
{
	return strtab_str(t->strings, frame_at(t, id)->name);
}

const char *frame_kind_name(enum frame_kind kind)
{
	static const char *const names[FRAME_KINDS] = {
		[FRAME_ROOT] = "root",
		[FRAME_KERNEL] = "kernel",
		[FRAME_MODULE] = "module",
		[FRAME_USER] = "user",
		[FRAME_LIBRARY] = "library",
		[FRAME_JIT] = "jit",
		[FRAME_INTERPRETED] = "interpreted",
		[FRAME_UNKNOWN] = "unknown",
	};

	return kind < array_size(names) ? names[kind] : "unknown";
}
