/* Text in encodings other than plain UTF-8. */
#pragma once

#include <stddef.h>

/* Returns the text in UTF-8, without a byte order mark, and changes *size to its size.
 * UTF-16 is recognized by its byte order mark and needs new memory: it is stored in
 * '*memory', and the caller frees it with mem_free(). Other text stays where it is, and
 * '*memory' becomes NULL. */
const char *text_decode(const char *text, size_t *size, char **memory);
