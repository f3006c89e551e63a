/* Where the frames of a picture are that can be seen without a script. */
#pragma once

#include "base/vec.h"
#include "render/svg_picture.h"

#include <stdbool.h>
#include <stdint.h>

struct svg_box {
	const struct layout_node *node;
	uint32_t x, width;    /* tenths of a px */
	uint32_t filled;      /* of them: without the gap, with those that joined it */
	uint8_t kind, colour; /* enum frame_kind; see svg_boxes_colour() */
	bool is_inlined;
	bool enters_kernel; /* from code that is not the kernel's */
};

struct svg_boxes {
	VEC(struct svg_box) items; /* callers before callees */
	VEC(size_t) last;	   /* item of each row */
};

/* Fills 'b', which is zeroed or has been filled before, with the frames that are at least 'least'
 * tenths of a px wide, the root whatever it is. Of slivers that touch and have one colour only the
 * first is there, and fills what they all do. */
void svg_boxes_find(struct svg_boxes *b, const struct svg_picture *pic, uint32_t least);

void svg_boxes_release(struct svg_boxes *b);

/* How many colours there are: of a comparison those of changes, else those of kinds, a few shades
 * each. */
unsigned svg_boxes_colours(const struct svg_picture *pic);

/* The colour of that number, and its name in the picture's style. */
const struct palette_colour *svg_boxes_colour(const struct svg_picture *pic,
					      unsigned colour, char class[4]);
