/* What the data of a comparison's picture says of its two sides, behind the nodes.
 *
 * A list of texts (text_list.h): the unit of all values; what the sides are called; then figures in
 * decimal: what a sample is worth on each side (its mean value), how many times the variance of
 * independent samples the differences have, how many standard errors a difference needs to be more
 * than chance (0: none is), and the largest change of a node that is. All values are as they are
 * shown (comparison_scale()), and an interval is written as half of its length, in tenths of
 * what a sample is worth on average of the two sides.
 *
 * Columns over the nodes, in the layout's order: the self samples before, of those of both sides,
 * which are the self counts; for each side, by how many thousandths of a sample's worth the self
 * value is above that of as many samples (0 1 2 3 4 standing for 0 -1 1 -2 2); what is known of
 * the total: 0 nothing, 1 the same as of its caller, else the verdict + 2; and for each of
 * these others the interval.
 *
 * Columns over the frames, in the order of their numbers: of the function's total, then of its
 * self, 0 nothing, else the verdict + 1; then of all totals, then of all selfs that are not 0
 * the intervals.
 *
 * The number of functions that changed, and their frames, in the order of the comparison; the
 * number of those to be told first, and their frames. */
#pragma once

#include "render/data/coder.h"
#include "render/svg_picture.h"

/* 'number' leads from a frame_id to its number in the data; 'n_frames' are there, UINT32_MAX for
 * others. */
void svg_sides_write(struct coder *c, const struct svg_picture *pic,
		     const uint32_t *number, size_t n_frames);
