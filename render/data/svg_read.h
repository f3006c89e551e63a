/* A picture that flame drew -> the profile in it (see svg_data.h). */
#pragma once

#include "base/error.h"
#include "model/profile.h"
#include "model/run_info.h"
#include "model/timeline.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a document that starts with these 'size' bytes may be a picture. */
bool svg_knows(const char *start, size_t size);

/* Fills 'p', 't' and 'c', which were just initialised, with what the picture of 'size' bytes at
 * 'text' holds; 't' may be NULL. Names are as they were shown: what could not be shown is gone.
 * -1 where it is no picture of flame's, damaged, or too large (above ten million nodes or 64 MiB of
 * names); what they hold then means nothing. */
int svg_read(struct profile *p, struct timeline *t, struct run_info *c, const char *text,
	     size_t size, struct error *err);
