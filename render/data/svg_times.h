/* When the samples of a picture's profile were taken, inside of its data.
 *
 * The number of slices and the width of one in ns, then columns: for each slice the samples of idle
 * CPUs; for each node, in the layout's order, the root first, in how many slices it has
 * samples itself; for each of these the slice, less the node's one before; for each of these the
 * samples, less one. How busy a slice was is the sum of them. */
#pragma once

#include "model/timeline.h"
#include "render/data/coder.h"
#include "render/data/svg_nodes.h"
#include "render/svg_picture.h"

/* Writes the timeline, which 'pic' has. */
void svg_times_write(struct coder *c, const struct svg_picture *pic);

/* Reads a timeline into 't', which was just initialised; the data's nodes are the profile's at
 * 'ids'. Weights are not there. */
void svg_times_read(struct coder *c, const struct svg_nodes *nodes, const node_id *ids,
		    struct timeline *t);
