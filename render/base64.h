/* Bytes as text: base64 of RFC 4648, section 4. */
#pragma once

#include "base/out.h"

#include <stddef.h>

void base64_write(struct out *o, const void *data, size_t size);

/* The bytes of a text, which may have white space in it; mem_free() ends them. NULL where it is
 * no base64 or its last character is missing. */
void *base64_read(const char *text, size_t len, size_t *size);
