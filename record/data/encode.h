/* struct event -> record bytes, for records that the recorder makes instead of the
 * kernel: the state of the machine when the recording began, and samples with another
 * callchain. */
#pragma once

#include "model/event.h"
#include "record/data/decode_event.h"

#include <stddef.h>
#include <stdint.h>

enum { ENCODE_SIZE_MAX = 8192, ENCODE_SAMPLE_MAX = UINT16_MAX };

/* Writes the record of 'ev' (MMAP, COMM, FORK, EXIT or CGROUP), with the trailer of that
 * layout. Returns its size, at most ENCODE_SIZE_MAX; longer strings are cut. Returns 0
 * for events of other kinds. */
size_t encode_event(uint8_t record[ENCODE_SIZE_MAX], const struct sample_layout *layout,
		    const struct event *ev);

/* Returns a kernel's record of flame's own events as it must be stored: 'record' itself,
 * or a changed copy in 'own', which has room for 'size' bytes. If another recorder wants
 * build ids, the kernel marks flame's MMAP2 records, too, although they hold device and
 * inode: readers would take these for a build id. */
const void *encode_own_identity(uint8_t *own, const void *record, size_t size);

/* Returns the MMAP2 record of 'ev', of 'size' bytes, with the generation of the event:
 * 'record' itself, or a changed copy in 'own'. Other records stay as they are. */
const void *encode_generation(uint8_t *own, const void *record, size_t size,
			      const struct event *ev);

/* Copies the sample 'record' of 'size' bytes to 'to', without the part of its stack copy
 * that the kernel left unused. 'sample' is that record, decoded; its stack_size may be
 * less than in the record. Returns the new size; the copy decodes to 'sample'. */
size_t encode_sample_trimmed(uint8_t *to, const void *record, size_t size,
			     const struct sample *sample);

/* Writes the sample 'record' with another callchain of 'n' 64-bit words, followed by the
 * cgroup and no other field. 'ev' is that record, decoded as an event of 'format', which
 * has callchains. Returns the size; words that do not fit into a record are left out. */
size_t encode_sample(uint8_t to[ENCODE_SAMPLE_MAX], const struct decode_event *format,
		     const void *record, const struct event *ev, const void *chain,
		     size_t n);
