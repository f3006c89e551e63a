#include "render/svg/svg_boxes.h"

#include "base/narrow.h"
#include "render/change_colour.h"
#include "render/svg_diff.h"

#include <assert.h>
#include <stdio.h>

/* Tenths of a pixel: the gap between boxes, and the width from which on boxes have
 * one. */
enum { GAP = 8, GAP_FROM = 25 };

static uint32_t scaled(const struct layout *l, unsigned width, uint64_t count)
{
	uint64_t total = l->nodes.items[0].count;
	uint64_t room = (width - 2 * SVG_MARGIN) * UINT64_C(10);

	assert(count <= total);
	return total ? narrow_u32((uint64_t)((__uint128_t)count * room / total)) : 0;
}

static bool is_kernel(const struct svg_picture *pic, const struct layout_node *n)
{
	const struct frame *f = frame_at(&pic->profile->frames, n->frame);

	return f->kind == FRAME_KERNEL || f->kind == FRAME_MODULE;
}

/* Whether a node is a frame of the kernel, called by code outside of it. */
static bool enters_kernel(const struct svg_picture *pic, const struct layout_node *n)
{
	const struct layout_node *parent = &pic->layout->nodes.items[n->parent];

	return n->depth > 1 && is_kernel(pic, n) && !is_kernel(pic, parent) &&
	       frame_at(&pic->profile->frames, parent->frame)->kind != FRAME_ROOT;
}

static unsigned choose_colour(const struct svg_picture *pic, const struct layout_node *n,
			      const struct frame *f)
{
	const struct svg_diff *diff = pic->diff;

	if (diff)
		return change_colour(svg_diff_change(diff, n), diff->largest);
	if (!f)
		return FRAME_ROOT * PALETTE_SHADES + PALETTE_SHADES / 2;
	return f->kind * PALETTE_SHADES + palette_shade(&pic->profile->frames, f);
}

static struct svg_box box_of(const struct svg_picture *pic, const struct layout_node *n)
{
	const struct layout *l = pic->layout;
	uint32_t x = scaled(l, pic->width, n->start);
	struct svg_box box = {
		.node = n,
		.x = x + SVG_MARGIN * 10,
		.width = scaled(l, pic->width, n->start + n->count) - x,
		.kind = FRAME_ROOT,
	};
	const struct frame *f = NULL;

	if (n->depth)
		f = frame_at(&pic->profile->frames, n->frame);
	box.colour = narrow_u8(choose_colour(pic, n, f));
	if (!f) {
		box.width = (pic->width - 2 * SVG_MARGIN) * 10;
		return box;
	}
	box.kind = f->kind;
	box.is_inlined = f->is_inlined;
	box.enters_kernel = enters_kernel(pic, n);
	return box;
}

/* Adds a box to its row, right of the row's last one. Slivers of one colour that touch
 * become one. */
static void boxes_add(struct svg_boxes *b, struct svg_box box)
{
	uint32_t row = box.node->depth;
	struct svg_box *last =
		row < b->last.n ? &b->items.items[b->last.items[row]] : NULL;

	assert(row <= b->last.n);
	box.filled = box.width > GAP_FROM ? box.width - GAP : box.width;
	if (last && last->width <= GAP_FROM && box.width <= GAP_FROM &&
	    last->x + last->filled == box.x && last->colour == box.colour &&
	    last->is_inlined == box.is_inlined) {
		last->filled += box.filled;
		return;
	}
	if (last)
		b->last.items[row] = b->items.n;
	else
		vec_push(&b->last, b->items.n);
	vec_push(&b->items, box);
}

void svg_boxes_fill(struct svg_boxes *b, const struct svg_picture *pic, uint32_t least)
{
	const struct layout *l = pic->layout;

	b->items.n = b->last.n = 0;
	for (uint32_t i = 0; i < l->nodes.n;) {
		const struct layout_node *n = &l->nodes.items[i];
		bool is_wide = !i || scaled(l, pic->width, n->count) >= least;

		if (is_wide)
			boxes_add(b, box_of(pic, n));
		i = is_wide ? i + 1 : n->end;
	}
}

void svg_boxes_release(struct svg_boxes *b)
{
	vec_release(&b->items);
	vec_release(&b->last);
}

unsigned svg_boxes_colours(const struct svg_picture *pic)
{
	return pic->diff ? (unsigned)CHANGE_COLOURS
			 : (unsigned)FRAME_KINDS * PALETTE_SHADES;
}

const struct palette_colour *svg_boxes_colour(const struct svg_picture *pic,
					      unsigned colour, char class[4])
{
	assert(colour < svg_boxes_colours(pic));
	if (pic->diff) {
		change_class(class, colour);
		return change_colour_at(colour);
	}
	snprintf(class, 4, "k%u%u", colour / PALETTE_SHADES % 10,
		 colour % PALETTE_SHADES);
	return palette_colour(pic->palette, colour / PALETTE_SHADES,
			      colour % PALETTE_SHADES);
}
