/* The notes of a loaded input, on stderr. */
#pragma once

#include "flow/input_data.h"

/* Prints each note on a line, then the damage that ended the input, if any. Returns EXIT_FAILED if the
 * input is damaged, else EXIT_DONE. */
int print_notes(const struct input_data *run);
