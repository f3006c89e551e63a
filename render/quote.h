/* Text inside of formats that machines read. What is written is showable, see text.h. */
#pragma once

#include "base/out.h"

/* A JSON string with its quotes (RFC 8259, 7). */
void quote_json(struct out *o, const char *s);

/* A CSV field (RFC 4180), in quotes where it needs them. */
void quote_csv(struct out *o, const char *s);
