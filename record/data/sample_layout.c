#include "record/data/sample_layout.h"

#include "base/scoped.h"

#include <linux/perf_event.h>
#include <string.h>

enum { FIELD_IGNORED = -1 };

struct field {
	uint64_t bit; /* of attr.sample_type */
	int field;    /* enum sample_field, or FIELD_IGNORED */
};

/* In the order of the kernel's perf_output_sample(). */
static const struct field sample_fields[] = {
	{PERF_SAMPLE_IDENTIFIER, SAMPLE_FIELD_ID}, {PERF_SAMPLE_IP, SAMPLE_FIELD_ADDR},
	{PERF_SAMPLE_TID, SAMPLE_FIELD_TASK},	   {PERF_SAMPLE_TIME, SAMPLE_FIELD_TIME},
	{PERF_SAMPLE_ADDR, FIELD_IGNORED},	   {PERF_SAMPLE_ID, SAMPLE_FIELD_ID},
	{PERF_SAMPLE_STREAM_ID, FIELD_IGNORED},	   {PERF_SAMPLE_CPU, SAMPLE_FIELD_CPU},
	{PERF_SAMPLE_PERIOD, SAMPLE_FIELD_PERIOD},
};

/* In the order of the kernel's __perf_event__output_id_sample(). */
static const struct field trailer_fields[] = {
	{PERF_SAMPLE_TID, SAMPLE_FIELD_TASK}, {PERF_SAMPLE_TIME, SAMPLE_FIELD_TIME},
	{PERF_SAMPLE_ID, SAMPLE_FIELD_ID},    {PERF_SAMPLE_STREAM_ID, FIELD_IGNORED},
	{PERF_SAMPLE_CPU, SAMPLE_FIELD_CPU},  {PERF_SAMPLE_IDENTIFIER, SAMPLE_FIELD_ID},
};

/* Stores the position of each field, counted from 1, and returns the number of words. Of
 * two fields with the same value the first one counts, or the last one if
 * 'last_counts'. */
static uint8_t fields_place(const struct field *fields, size_t n, uint64_t sample_type,
			    uint8_t *position, bool last_counts)
{
	uint8_t n_words = 0;

	memset(position, SAMPLE_FIELD_NONE, SAMPLE_FIELDS);
	for (size_t i = 0; i < n; i++) {
		int field = fields[i].field;

		if (!(sample_type & fields[i].bit))
			continue;
		if (field != FIELD_IGNORED &&
		    (last_counts || position[field] == SAMPLE_FIELD_NONE))
			position[field] = (uint8_t)(n_words + 1);
		n_words++;
	}
	return n_words;
}

struct sample_layout sample_layout_of(uint64_t sample_type, bool sample_id_all)
{
	struct sample_layout l;

	/* Where both ids are, PERF_SAMPLE_IDENTIFIER counts: the first field of a sample,
	 * the last one of a trailer. */
	l.n_fixed = fields_place(sample_fields, array_size(sample_fields), sample_type,
				 l.in_sample, false);
	l.n_trailer = fields_place(trailer_fields, array_size(trailer_fields),
				   sample_id_all ? sample_type : 0, l.from_end, true);
	for (size_t i = 0; i < SAMPLE_FIELDS; i++)
		if (l.from_end[i] != SAMPLE_FIELD_NONE)
			l.from_end[i] = (uint8_t)(l.n_trailer + 1 - l.from_end[i]);
	return l;
}
