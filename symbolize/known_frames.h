/* The frames of addresses that were looked up. An address is a file offset in a dso, or
 * an address of kernel code. */
#pragma once

#include "base/hashmap.h"
#include "base/vec.h"
#include "model/dso.h"
#include "model/frame.h"
#include "symbolize/frame_make.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct known_address;
struct known_frame;

struct known_frames {
	/* A cache: each address has only one possible entry. */
	struct known_frame *cache;
	/* Addresses with all their frames. */
	VEC(struct known_address) addresses;
	struct hashmap by_hash;
	VEC(frame_id) frames;
};

void known_frames_init(struct known_frames *k);
void known_frames_release(struct known_frames *k);

/* The frame of an address without inline frames, if it was set not long ago, else
 * NO_FRAME. */
frame_id known_frames_innermost(const struct known_frames *k, dso_id dso, uint64_t at);
void known_frames_set_innermost(struct known_frames *k, dso_id dso, uint64_t at,
				frame_id frame);

/* Appends all frames of an address. Returns false if they were not added before. */
bool known_frames_find(const struct known_frames *k, dso_id dso, uint64_t at,
		       struct frame_list *out);
/* Adds 'n' frames of an address that has none yet, innermost first. */
void known_frames_add(struct known_frames *k, dso_id dso, uint64_t at,
		      const frame_id *frames, size_t n);
