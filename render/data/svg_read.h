/* Reads the profile back from a picture that flame drew (see svg_data.h). */
#pragma once

#include "base/error.h"
#include "model/profile.h"
#include "model/run_info.h"
#include "model/timeline.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a document that starts with these 'size' bytes may be a picture. */
bool svg_knows(const char *start, size_t size);

/* Reads the picture of 'size' bytes at 'text' into 'p', 't' and 'c', which are
 * initialised and empty; 't' may be NULL. Names are as the picture shows them. Returns
 * -1 if the document is no picture of flame's, of an unknown version, damaged, or
 * larger than the limits in docs/picture-format.md; then 'p', 't' and 'c' are to be
 * released without being used. */
int svg_read(struct profile *p, struct timeline *t, struct run_info *c, const char *text,
	     size_t size, struct error *err);
