#include "record/data/stream.h"

#include "record/data/format.h"

void stream_init(struct stream *s, const struct stream_source *source)
{
	*s = (struct stream){
		.plain = {.data = source->data,
			  .size = source->size,
			  .swapped = source->swapped},
		.at = source->file_off,
		.claimed = source->claimed,
		.blocks = source->blocks,
	};
}

/* Ends the stream with an error: records end at 'at', too early. */
static int fail_at(struct stream *s, size_t at, struct error *err)
{
	s->ended = true;
	if (at < s->plain.size)
		return error_set(err, "the recording is damaged at offset %#llx",
				 (unsigned long long)(s->at + at));
	if (!s->claimed)
		return error_set(err,
				 "the recording was never finished: %zu bytes of records "
				 "are there",
				 s->plain.size);
	return error_set(
		err, "the recording is truncated: it holds %zu of %llu bytes of records",
		s->plain.size, (unsigned long long)s->claimed);
}

/* Moves on to the records of the next block. */
static int expand(struct stream *s, struct bytes payload, struct error *err)
{
	struct expanded_block block;

	if (block_cache_get(s->blocks, s->n_blocks, payload, s->expanded, &block, err) <
	    0)
		return -1;
	s->n_blocks++;
	/* Nothing new: the rest of the block before it is still all there is. */
	if (!block.data)
		return 0;
	s->expanded = bytes_of(block.data, block.size);
	s->expanded.swapped = s->plain.swapped;
	return 0;
}

/* Handles records that need more than being yielded. Returns 1 for a record that was used
 * up here. */
static int record_use(struct stream *s, const struct stream_record *record,
		      struct error *err)
{
	struct bytes b = record->bytes;
	uint64_t size;

	bytes_skip(&b, FORMAT_RECORD_SIZE_MIN);
	switch (record->type) {
	case FORMAT_RECORD_COMPRESSED:
		return expand(s, b, err) < 0 ? -1 : 1;
	case FORMAT_RECORD_COMPRESSED2:
		b = bytes_sub(&b, bytes_u64(&b));
		if (b.failed)
			return fail_at(s, record->at - s->at, err);
		return expand(s, b, err) < 0 ? -1 : 1;
	case FORMAT_RECORD_TRACING_DATA:
		size = bytes_u32(&b);
		bytes_skip(&s->plain, (size + 7) & ~(uint64_t)7);
		break;
	case FORMAT_RECORD_AUXTRACE:
		bytes_skip(&s->plain, bytes_u64(&b));
		break;
	default:
		break;
	}
	return s->plain.failed ? fail_at(s, s->plain.size, err) : 0;
}

/* "perf record -o - >FILE 2>&1" has perf's last message at the end of the file. */
static bool is_message_of_perf(struct bytes rest)
{
	static const char start[] = "[ perf record: ";
	const char *p = bytes_take(&rest, sizeof(start) - 1);

	return p && memcmp(p, start, sizeof(start) - 1) == 0;
}

int stream_next_hard(struct stream *s, struct stream_record *record, struct error *err)
{
	bool is_all = s->claimed == s->plain.size;
	size_t at = s->plain.at;
	int got;

	while (!s->ended) {
		record->at = s->at + at;
		got = stream_cut(&s->expanded, record);
		if (got)
			return got > 0 ? 1 : fail_at(s, at, err);
		at = s->plain.at;
		record->at = s->at + at;
		if (!bytes_left(&s->plain) && is_all && !bytes_left(&s->expanded)) {
			s->ended = true;
			return 0;
		}
		got = stream_cut(&s->plain, record);
		if (got <= 0 && is_message_of_perf(s->plain))
			break;
		if (got <= 0)
			return fail_at(s, got < 0 || is_all ? at : s->plain.size, err);
		got = record_use(s, record, err);
		if (got < 0) {
			s->ended = true;
			return -1;
		}
		if (got == 0)
			return 1;
	}
	s->ended = true;
	return 0;
}
