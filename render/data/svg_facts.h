/* The metadata of a recording in a picture's data: a list of texts (text_list.h), then
 * the number of numbers and the numbers. The position of each says its meaning
 * (docs/picture-format.md); new ones are appended, and readers skip those that they do
 * not know. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"
#include "model/run_info.h"

void svg_facts_write(struct out *o, const struct run_info *c);

/* Fills 'c', which is empty. Damage sets in->failed; 'c' is valid then, but
 * incomplete. */
void svg_facts_read(struct bytes *in, struct run_info *c);
