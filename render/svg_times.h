/* When the samples of a picture's profile were taken, inside of its data.
 *
 * The number of slices and the width of one in ns, as varints, then columns: for each slice the
 * samples of idle CPUs; for each node, in the layout's order, the root first, in how many slices
 * it has samples itself; for each of these the slice, less the node's one before; for each of
 * these the samples, less one. How busy a slice was is the sum of them. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"
#include "model/timeline.h"
#include "render/svg_picture.h"

/* Writes the timeline, which 'pic' has. */
void svg_times_write(struct out *o, const struct svg_picture *pic);

/* Reads a timeline into 't', which was just initialised; its 'n_nodes' nodes in the layout's order
 * are the profile's nodes at 'nodes'. 'b' has failed where it is damaged. Weights are not there. */
void svg_times_read(struct bytes *b, const node_id *nodes, size_t n_nodes,
		    struct timeline *t);
