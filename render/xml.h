/* Text inside an XML document. */
#pragma once

#include "base/out.h"

#include <stddef.h>

/* Writes the 'len' bytes at 's' so that they may stand in an element or in a quoted attribute:
 * showable (see text.h) and with the markup characters escaped, '>' too, so that no "]]>"
 * passes. */
void xml_text(struct out *o, const char *s, size_t len);

/* The same for text amid other text: where it is read from right to left, it stands between marks
 * (U+2068, U+2069) that keep it from turning what is beside it. */
void xml_isolated(struct out *o, const char *s, size_t len);

/* As xml_text(), for a whole string. */
void xml_str(struct out *o, const char *s);

/* A number with one digit behind the point, which is left out when it is 0: 125 is "12.5". */
void xml_tenths(struct out *o, uint64_t tenths);
