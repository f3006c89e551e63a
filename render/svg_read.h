/* A picture that flame drew -> the profile in it (see svg_data.h). */
#pragma once

#include "base/error.h"
#include "model/conditions.h"
#include "model/profile.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a document that starts with these 'size' bytes may be a picture. */
bool svg_knows(const char *start, size_t size);

/* Adds what the picture of 'size' bytes at 'text' holds to 'p', and fills 'c', both of which were
 * just initialised. Names are as they were shown: what could not be shown is gone. -1 where it
 * is no picture of flame's or damaged; what 'p' and 'c' hold then means nothing. */
int svg_read(struct profile *p, struct conditions *c, const char *text, size_t size,
	     struct error *err);
