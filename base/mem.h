/* Memory allocation that never fails: all of the program's memory comes from here. If the
 * system has no memory left, the program ends with one line on stderr, because no caller
 * could go on. A size that comes from a file must be checked against the rest of the file
 * before. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Returns 'p', the result of an allocation in a library. Ends the program if it is
 * NULL. */
void *mem_check(void *p);

/* Returns memory for 'n' objects of 'size' bytes, zeroed. Never NULL, also for 0 bytes;
 * the caller frees it with mem_free(). */
void *mem_new(size_t n, size_t size);

/* Grows or shrinks 'p', which may be NULL, to 'n' objects of 'size' bytes, and returns
 * its new address. Added bytes are not zeroed. */
void *mem_resize(void *p, size_t n, size_t size);

/* Returns a copy of 'len' bytes with a NUL added; the caller frees it with mem_free(). */
char *mem_str(const char *s, size_t len);

/* Return a formatted string; the caller frees it with mem_free(). */
char *mem_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *mem_vformat(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

/* Frees 'p', which may be NULL. */
void mem_free(void *p);

/* Frees *(void **)p and sets it to NULL. Works with scoped(). */
void mem_release(void *p);

/* Returns the words in a line, "a, b and 3 more": at most 'most' of them, at least one.
 * mem_free() frees it. */
char *mem_list(const char *const *words, size_t n, size_t most);
