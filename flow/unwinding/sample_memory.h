/* Memory for the samples that wait to be unwound. A process that is forked later can read
 * it, at the same addresses. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { SAMPLE_MEMORY_MOST = 64 << 10 }; /* bytes of a sample */

struct sample_memory;

/* Makes memory for at least 'most' bytes of samples; pages are used when they are
 * needed. Returns NULL on failure. */
struct sample_memory *sample_memory_new(size_t most, struct error *err);
void sample_memory_free(struct sample_memory **m);

/* Returns memory for a sample of up to 'size' bytes, or NULL if all is in use. It must be
 * given back. */
void *sample_memory_take(struct sample_memory *m, size_t size);
/* Gives back all but the first 'size' bytes of the sample that was taken last. */
void sample_memory_shrink(struct sample_memory *m, const void *sample, size_t size);
void sample_memory_give_back(struct sample_memory *m, const void *sample);

/* For another process: the place of a sample, and its address; NULL if 'place' is not in
 * the memory. */
uint64_t sample_memory_place(const struct sample_memory *m, const void *sample);
const void *sample_memory_at(const struct sample_memory *m, uint64_t place, size_t size);

/* The descriptor that the other process must keep for the call below. */
int sample_memory_descriptor(const struct sample_memory *m);

/* In the other process, which does not inherit the memory: maps it for reading, before
 * sample_memory_at(). Returns -1 on failure. */
int sample_memory_read_only(struct sample_memory *m);
