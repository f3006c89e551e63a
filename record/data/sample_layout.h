/* Where the fields of records are: computed from the attr of their event, for writing and
 * for reading. Source: include/uapi/linux/perf_event.h, PERF_RECORD_SAMPLE and
 * sample_id. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The fields at a position that the attr determines, a 64-bit word each. */
enum sample_field {
	SAMPLE_FIELD_ID,   /* the kernel's id of the event */
	SAMPLE_FIELD_ADDR, /* the instruction; only in samples */
	SAMPLE_FIELD_TASK, /* pid and tid, 32 bits each */
	SAMPLE_FIELD_TIME,
	SAMPLE_FIELD_CPU,    /* in the word's first 32 bits */
	SAMPLE_FIELD_PERIOD, /* only in samples */
	SAMPLE_FIELDS,
};

/* Position of a field that is absent: that of the record header, or after the end. */
enum { SAMPLE_FIELD_NONE = 0 };

struct sample_layout {
	/* Samples: words from the start of the record; its header is word 0. */
	uint8_t in_sample[SAMPLE_FIELDS];
	/* Words from the header to the first field that varies in size. */
	uint8_t n_fixed;

	/* Other records end with a trailer, the sample_id: words from the end of the
	 * record (1: the last one). */
	uint8_t from_end[SAMPLE_FIELDS];
	uint8_t n_trailer; /* words; 0 without attr.sample_id_all */
};

/* The layout of the records of an event. */
struct sample_layout sample_layout_of(uint64_t sample_type, bool sample_id_all);

static inline bool sample_layout_has(const struct sample_layout *l,
				     enum sample_field field)
{
	return l->in_sample[field] != SAMPLE_FIELD_NONE;
}
