/* Memory that is always there. Every allocation of the program goes through here; where the
 * system has none left the program ends with one line on stderr, because no caller could go
 * on. Lengths that come from outside must be checked against what is left of their input
 * before they reach this module. */
#pragma once

#include <stddef.h>

/* Memory for 'n' objects of 'size' bytes, zeroed. Never NULL; mem_free() ends it. */
void *mem_new(size_t n, size_t size);

/* 'p' grown or shrunk to 'n' objects of 'size' bytes; what is added is not zeroed. */
void *mem_resize(void *p, size_t n, size_t size);

/* A copy of 'len' bytes with a NUL behind them. */
char *mem_str(const char *s, size_t len);

/* A formatted string; mem_free() ends it. */
char *mem_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Takes NULL. */
void mem_free(void *p);

/* For scoped(): frees what 'p' points to and nulls it. */
void mem_release(void *p);
