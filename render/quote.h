/* Text as JSON and CSV. Bytes that may not be shown are replaced (text.h). */
#pragma once

#include "base/out.h"

/* Writes a JSON string with its quotes (RFC 8259, 7). */
void quote_json(struct out *o, const char *s);

/* Writes a CSV field (RFC 4180), in quotes if it needs them. */
void quote_csv(struct out *o, const char *s);

/* quote_csv() for spreadsheets, which would compute or execute a cell that begins with
 * '=', '+', '-', '@' (also in full width), a tab or a line break, also after blanks and
 * quotes: such a field begins with '. */
void quote_csv_safe(struct out *o, const char *s);
