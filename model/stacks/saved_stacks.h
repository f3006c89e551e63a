/* Callchains of samples that carry a copy of their stack, unwound where the files of the
 * programs were, for readers that lack these files. Chains that end with the same outer
 * frames share them. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest chain, in words. */
enum { SAVED_STACK_MAX = 8000 };

/* One word of a chain, as in callchain.h, with the part of the chain that is outside. */
struct saved_frame {
	uint64_t word;
	uint32_t outer; /* index + 1 of an earlier frame; 0: none */
};

struct saved_stack {
	uint64_t key;	/* of the sample */
	uint32_t inner; /* index of the innermost frame */
};

/* Zero-initialize. */
struct saved_stacks {
	VEC(struct saved_frame) frames;
	VEC(struct saved_stack) stacks;
	struct hashmap by_frame, by_key;
};

void saved_stacks_release(struct saved_stacks *s);

/* Adds 'n' words of 64 bits to a key and returns the new one. It is the same in every
 * process: a key identifies a sample in its recording. */
uint64_t saved_stacks_key(uint64_t key, const void *words, size_t n);

/* Adds the chain of a sample, innermost word first; 'n' must be from 1 to
 * SAVED_STACK_MAX. A second chain of one sample changes nothing. */
void saved_stacks_add(struct saved_stacks *s, uint64_t key, const uint64_t *chain,
		      size_t n);

/* Copies the chain of a sample to 'chain' and returns the number of its words; 0: it has
 * none. */
size_t saved_stacks_find(const struct saved_stacks *s, uint64_t key,
			 uint64_t chain[SAVED_STACK_MAX]);

/* For a reader of frames and stacks: adds them as they are. They may be hostile: returns
 * false if a frame is outside of none that was added before, or if the stack's frame is
 * none. */
bool saved_stacks_add_frame(struct saved_stacks *s, struct saved_frame frame);
bool saved_stacks_add_stack(struct saved_stacks *s, struct saved_stack stack);
