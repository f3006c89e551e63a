#include "model/stacks/saved_stacks.h"

#include "base/narrow.h"

#include <assert.h>
#include <string.h>

void saved_stacks_release(struct saved_stacks *s)
{
	vec_release(&s->frames);
	vec_release(&s->stacks);
	hashmap_release(&s->by_frame);
	hashmap_release(&s->by_key);
}

/* The finalizer of splitmix64: hashes of hashmap.h differ in each process. */
static uint64_t mix(uint64_t key, uint64_t word)
{
	key = (key ^ word) * 0x9e3779b97f4a7c15;
	key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9;
	key = (key ^ key >> 27) * 0x94d049bb133111eb;
	return key ^ key >> 31;
}

uint64_t saved_stacks_key(uint64_t key, const void *words, size_t n)
{
	const char *from = words;

	for (size_t i = 0; i < n; i++) {
		uint64_t word;

		memcpy(&word, from + 8 * i, 8);
		key = mix(key, word);
	}
	return key;
}

static uint64_t hash_of_frame(struct saved_frame frame)
{
	return hash_u64(frame.word, frame.outer);
}

static uint32_t frame_add(struct saved_stacks *s, struct saved_frame frame)
{
	uint64_t hash = hash_of_frame(frame);
	uint32_t i = hashmap_find(&s->by_frame, hash, v,
				  s->frames.items[v].word == frame.word &&
					  s->frames.items[v].outer == frame.outer);

	if (i != HASHMAP_NONE)
		return i;
	i = narrow_u32(s->frames.n);
	hashmap_put(&s->by_frame, hash, i);
	vec_push(&s->frames, frame);
	return i;
}

static uint32_t stack_find(const struct saved_stacks *s, uint64_t key)
{
	return hashmap_find(&s->by_key, hash_u64(key, 0), v,
			    s->stacks.items[v].key == key);
}

void saved_stacks_add(struct saved_stacks *s, uint64_t key, const uint64_t *chain,
		      size_t n)
{
	uint32_t outer = 0;

	assert(n && n <= SAVED_STACK_MAX);
	while (n)
		outer = frame_add(s, (struct saved_frame){chain[--n], outer}) + 1;
	saved_stacks_add_stack(s, (struct saved_stack){key, outer - 1});
}

size_t saved_stacks_find(const struct saved_stacks *s, uint64_t key,
			 uint64_t chain[SAVED_STACK_MAX])
{
	uint32_t stack = stack_find(s, key);
	uint32_t next = stack == HASHMAP_NONE ? 0 : s->stacks.items[stack].inner + 1;
	size_t n = 0;

	/* Each frame is outside of later ones only: this ends. */
	for (; next && n < SAVED_STACK_MAX; next = s->frames.items[next - 1].outer)
		chain[n++] = s->frames.items[next - 1].word;
	return next ? 0 : n;
}

bool saved_stacks_add_frame(struct saved_stacks *s, struct saved_frame frame)
{
	if (frame.outer > s->frames.n || s->frames.n >= HASHMAP_NONE - 1)
		return false;
	vec_push(&s->frames, frame);
	return true;
}

bool saved_stacks_add_stack(struct saved_stacks *s, struct saved_stack stack)
{
	if (stack.inner >= s->frames.n || s->stacks.n >= HASHMAP_NONE - 1)
		return false;
	if (stack_find(s, stack.key) != HASHMAP_NONE)
		return true;
	hashmap_put(&s->by_key, hash_u64(stack.key, 0), narrow_u32(s->stacks.n));
	vec_push(&s->stacks, stack);
	return true;
}
