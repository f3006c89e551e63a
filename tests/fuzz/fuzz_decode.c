/* Any bytes as an attr and records of its event. The first byte is the byte order (bit 0)
 * and how long the attr is. */
#include "record/data/decode.h"
#include "record/data/format.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

struct input {
	const uint8_t *start, *end; /* of one record */
};

static void require_text(const struct input *in, const char *text)
{
	const uint8_t *at = (const uint8_t *)text;

	require(at >= in->start && at < in->end);
	require(memchr(at, '\0', (size_t)(in->end - at)));
}

static void require_chain(const struct input *in, const struct sample *sample)
{
	const uint8_t *at = sample->chain;

	if (!sample->n_chain)
		return;
	require(at >= in->start && at <= in->end);
	require(sample->n_chain <= (size_t)(in->end - at) / 8);
}

/* Everything that an event points to lies in its record. */
static void require_inside(const struct input *in, const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_SAMPLE:
		require_chain(in, &ev->sample);
		break;
	case EVENT_MMAP:
		require(ev->mmap.build_id.size <= BUILD_ID_MAX);
		require_text(in, ev->mmap.path);
		break;
	case EVENT_COMM:
		require_text(in, ev->comm.comm);
		break;
	case EVENT_KSYMBOL:
		require_text(in, ev->ksymbol.name);
		break;
	case EVENT_CGROUP:
		require_text(in, ev->cgroup.path);
		break;
	default:
		break;
	}
}

/* The next record; one with an impossible size takes all remaining bytes. */
static struct bytes cut(struct bytes *b)
{
	struct bytes header = *b;
	uint16_t size;

	bytes_skip(&header, 6);
	size = bytes_u16(&header);
	if (header.failed || size < FORMAT_RECORD_SIZE_MIN || size > bytes_left(b))
		return bytes_sub(b, bytes_left(b));
	return bytes_sub(b, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = bytes_of(data, size), attr;
	uint8_t mode = bytes_u8(&b);
	struct decode_event e;
	struct error err;

	b.swapped = mode & 1;
	attr = bytes_sub(&b, FORMAT_ATTR_SIZE_MIN + (mode & ~7u) / 2);
	if (decode_event_read(&e, &attr, &err) < 0)
		return 0;
	require(*decode_event_name(&e));
	for (size_t i = 0; i < SAMPLE_FIELDS; i++) {
		uint8_t in_sample = e.layout.in_sample[i];
		uint8_t from_end = e.layout.from_end[i];

		require(in_sample == SAMPLE_FIELD_NONE || in_sample <= e.layout.n_fixed);
		require(from_end == SAMPLE_FIELD_NONE ||
			(from_end > 0 && from_end <= e.layout.n_trailer));
	}
	(void)decode_event_is_time(&e);
	while (bytes_left(&b)) {
		struct bytes record = cut(&b);
		struct input in = {record.data, record.data + record.size};
		struct event ev = {.at = 1};

		if (decode_record(&e, &record, &ev, &err) == 0)
			require_inside(&in, &ev);
	}
	return 0;
}
