/* struct event -> record bytes, for what the recorder tells instead of the kernel: the state
 * of the machine when the recording began. */
#pragma once

#include "model/event.h"
#include "record/data/decode.h"

#include <stddef.h>
#include <stdint.h>

enum { ENCODE_SIZE_MAX = 8192, ENCODE_SAMPLE_MAX = UINT16_MAX };

/* Writes the record of 'ev' (MMAP, COMM, FORK, EXIT, CGROUP) with EVENT_SPEC_SAMPLE_ID. Returns its
 * size, at most ENCODE_SIZE_MAX; strings too long for that are cut. */
size_t encode_event(uint8_t record[ENCODE_SIZE_MAX], const struct event *ev);

/* Writes the sample 'record' of 'size' bytes without the part of its stack copy that the kernel left
 * unused. It was decoded to 'sample'. Returns the new size; it decodes to the same sample. */
size_t encode_sample_trimmed(uint8_t *to, const void *record, size_t size,
			     const struct sample *sample);

/* Writes a sample anew, with another callchain of 'n' 64-bit words and behind it nothing but the
 * cgroup. It was 'ev', decoded out of 'record' as 'format' says, with a callchain. Returns its size;
 * words that no record has room for are left out. */
size_t encode_sample(uint8_t to[ENCODE_SAMPLE_MAX], const struct decode_event *format,
		     const void *record, const struct event *ev, const void *chain,
		     size_t n);
