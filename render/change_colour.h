/* The colours of changes: vermilion for more, blue for less, which differ to eyes that see no red
 * or no green too, the stronger the larger the change; grey where there is no evidence. */
#pragma once

#include "model/comparison.h"
#include "render/palette.h"

#include <stdbool.h>

/* Colour 0 is the grey; then come so many for more, from weak to strong, then those for less. */
enum { CHANGE_STEPS = 8, CHANGE_COLOURS = 1 + 2 * CHANGE_STEPS };

/* The colour of a change beside the largest one, on a scale of square roots: that of a quarter of
 * the largest change is half as strong. */
unsigned change_colour(const struct change *c, double largest);

const struct palette_colour *change_colour_at(unsigned colour);

/* What lines and signs on the page are drawn with. */
const struct palette_colour *change_colour_of_line(bool is_more);

/* Its name in the picture's style: "kn0", "km1" to "km8", "kl1" to "kl8". */
const char *change_class(char to[4], unsigned colour);
