/* struct event -> record bytes, for what the recorder tells instead of the kernel: the state
 * of the machine when the recording began. */
#pragma once

#include "model/event.h"

#include <stddef.h>
#include <stdint.h>

enum { ENCODE_SIZE_MAX = 8192 };

/* Writes the record of 'ev' (MMAP, COMM, FORK, EXIT, CGROUP) with the sample id that
 * EVENT_SPEC_SAMPLE_TYPE asks for, 'id' as the event's. Returns its size, at most
 * ENCODE_SIZE_MAX; strings too long for that are cut. */
size_t encode_event(uint8_t record[ENCODE_SIZE_MAX], const struct event *ev, uint64_t id);
