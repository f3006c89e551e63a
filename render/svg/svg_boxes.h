/* The boxes of a picture's static part: position, size and colour of each frame that is
 * wide enough. */
#pragma once

#include "base/vec.h"
#include "render/svg_picture.h"

#include <stdbool.h>
#include <stdint.h>

struct svg_box {
	const struct layout_node *node;
	/* Tenths of a pixel. */
	uint32_t x, width;
	/* The part of the width that is drawn: without the gap to the next box, and with
	 * the slivers that this box stands for. */
	uint32_t filled;
	/* enum frame_kind, and a number for svg_boxes_colour(). */
	uint8_t kind, colour;
	bool is_inlined;
	/* A frame of the kernel, called by code outside of it. */
	bool enters_kernel;
};

struct svg_boxes {
	/* Callers before callees. */
	VEC(struct svg_box) items;
	/* Of each row the index of its last box. */
	VEC(size_t) last;
};

/* Fills 'b' with the frames that are at least 'least' tenths of a pixel wide, and always
 * the root. 'b' is zero or was filled before. Slivers of one colour that touch become one
 * box, the first one's, which is filled as far as all of them. */
void svg_boxes_fill(struct svg_boxes *b, const struct svg_picture *pic, uint32_t least);

void svg_boxes_release(struct svg_boxes *b);

/* Returns the number of colours: the colours of changes in a comparison, else the shades
 * of all kinds of frames. */
unsigned svg_boxes_colours(const struct svg_picture *pic);

/* Returns the colour with a number below svg_boxes_colours(), and stores the name of its
 * class in the picture's style. */
const struct palette_colour *svg_boxes_colour(const struct svg_picture *pic,
					      unsigned colour, char class[4]);
