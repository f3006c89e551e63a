/* Text as JSON and CSV. Bytes that may not be shown are replaced (text.h). */
#pragma once

#include "base/out.h"

/* Writes a JSON string with its quotes (RFC 8259, 7). */
void quote_json(struct out *o, const char *s);

/* Writes a CSV field (RFC 4180), in quotes if it needs them. */
void quote_csv(struct out *o, const char *s);
