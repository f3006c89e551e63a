/* The conditions of a recording inside of a picture's data, so that they can be read back.
 *
 * A list of texts (text_list.h), the number of figures, the figures. Which is which, their places
 * tell; new ones are added at the ends. */
#pragma once

#include "model/run_info.h"
#include "render/data/coder.h"

void svg_facts_write(struct coder *o, const struct run_info *c);

/* Reads them into 'c'; where 'in' has failed they mean nothing. */
void svg_facts_read(struct coder *in, struct run_info *c);
