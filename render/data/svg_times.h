/* The times of a profile's samples in a picture's data. docs/picture-format.md
 * describes the bytes. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"
#include "model/timeline.h"
#include "render/data/svg_nodes.h"
#include "render/svg_picture.h"

/* Writes pic->timeline, which is not NULL. */
void svg_times_write(struct out *o, const struct svg_picture *pic);

/* Reads a timeline into 't', which is empty. Node i of the data is the profile's node
 * ids[i]. There are no weights in the data: they are 0 in 't'. Damage sets in->failed;
 * 't' is valid then, but incomplete. */
void svg_times_read(struct bytes *in, const struct svg_nodes *nodes, const node_id *ids,
		    struct timeline *t);
