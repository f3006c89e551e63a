/* The conditions of a recording inside of a picture's data, so that they can be read back.
 *
 * A list of texts (text_list.h), the number of figures, the figures as varints. Which is which,
 * their places tell; new ones are added at the ends. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"
#include "model/conditions.h"

void svg_facts_write(struct out *o, const struct conditions *c);

/* Reads them into 'c'; 'b' has failed where they are damaged. */
void svg_facts_read(struct bytes *b, struct conditions *c);
