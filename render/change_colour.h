/* The colours of changes: orange for more, blue for less, stronger for larger changes;
 * grey without evidence. Orange and blue differ for colour-blind people too. */
#pragma once

#include "model/comparison.h"
#include "render/palette.h"

#include <stdbool.h>

/* Colour 0 is grey, then CHANGE_STEPS colours for more, from weak to strong, then
 * those for less. */
enum { CHANGE_STEPS = 8, CHANGE_COLOURS = 1 + 2 * CHANGE_STEPS };

/* The colour of a change. Strength grows with the square root: a change of a quarter
 * of 'largest' has half the strength. */
unsigned change_colour(const struct change *c, double largest);

const struct palette_colour *change_colour_at(unsigned colour);

/* The colour of lines and signs on the page. */
const struct palette_colour *change_colour_of_line(bool is_more);

/* Its name in the picture's style: "kn0", "km1" to "km8", "kl1" to "kl8". */
const char *change_class(char to[4], unsigned colour);
