/* Text inside an XML document. */
#pragma once

#include "base/out.h"

#include <stddef.h>

/* Writes the 'len' bytes at 's' for an element or a quoted attribute: bytes that may
 * not be shown are replaced (text.h), markup characters are escaped, '>' too, so that
 * there is no "]]>". */
void xml_text(struct out *o, const char *s, size_t len);

/* The same for text next to other text: text that is read from right to left is put
 * between marks (U+2068, U+2069), so that it does not change the direction of the
 * other text. */
void xml_isolated(struct out *o, const char *s, size_t len);

/* xml_text() for a NUL-terminated string. */
void xml_str(struct out *o, const char *s);

/* Writes a number of tenths with one digit after the point unless that is 0: 125 is
 * "12.5", 120 is "12". */
void xml_tenths(struct out *o, uint64_t tenths);
