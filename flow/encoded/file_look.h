/* Names the format of files that flame does not read, for messages. */
#pragma once

#include <stddef.h>

/* Returns a noun for the format of a file by its first bytes, "an ELF file" for example,
 * or NULL. No text begins like these formats. */
const char *file_look_binary(const char *data, size_t size);

/* Returns a noun for the format of a text that holds no stacks, or NULL. Folded text may
 * begin in the same way: ask only if the lines are not folded. */
const char *file_look_text(const char *text, size_t size);
