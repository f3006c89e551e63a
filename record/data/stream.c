#include "record/data/stream.h"

#include "base/mem.h"
#include "record/data/format.h"

enum {
	/* Fits a second-level cache, and many times the longest record, 64 KiB. */
	WINDOW_SIZE = 512 * 1024,
	/* Words of records stay aligned as they are in the file. */
	WINDOW_ALIGN = 64,
};

void stream_init(struct stream *s, const struct stream_source *source)
{
	size_t before = source->data ? 0 : source->file_off % WINDOW_ALIGN;
	size_t size = source->data ? source->size : before;

	*s = (struct stream){
		.plain = {.data = source->data,
			  .size = size,
			  .at = before,
			  .swapped = source->swapped},
		.at = source->file_off - before,
		.from = source->file_off,
		.end = source->file_off + source->size,
		.claimed = source->claimed,
		.file = source->file,
		.blocks = source->blocks,
	};
	if (source->data)
		return;
	s->window = mem_resize(NULL, WINDOW_SIZE, 1);
	s->plain.data = s->window;
}

void stream_release(struct stream *s)
{
	mem_release(&s->window);
}

/* Whether records follow those at hand. */
static bool has_more(const struct stream *s)
{
	return s->at + s->plain.size < s->end;
}

/* Moves the window over the file on: it begins with the bytes that are not read yet. */
static int window_move(struct stream *s, struct error *err)
{
	size_t drop = s->plain.at & ~(size_t)(WINDOW_ALIGN - 1);
	size_t kept = s->plain.size - drop;
	uint64_t left = s->end - (s->at + s->plain.size);
	size_t n = left < WINDOW_SIZE - kept ? left : WINDOW_SIZE - kept;

	memmove(s->window, s->window + drop, kept);
	if (data_file_read(s->file, s->at + s->plain.size, s->window + kept, n, err) < 0)
		return -1;
	s->at += drop;
	s->plain.at -= drop;
	s->plain.size = kept + n;
	return 0;
}

/* stream_cut() for the records of the file, in the next window if need be. */
static int plain_cut(struct stream *s, struct stream_record *record, struct error *err)
{
	int got = stream_cut(&s->plain, record);

	if (got != 0 || !has_more(s))
		return got;
	if (window_move(s, err) < 0) {
		s->ended = true;
		return -1;
	}
	return stream_cut(&s->plain, record);
}

/* Skips bytes after a record. Returns false if there are fewer. */
static bool plain_skip(struct stream *s, uint64_t n)
{
	uint64_t at = s->at + s->plain.at;

	if (n > s->end - at)
		return false;
	at += n;
	if (at <= s->at + s->plain.size) {
		s->plain.at += n;
		return true;
	}
	s->plain.at = s->plain.size = at % WINDOW_ALIGN;
	s->at = at - s->plain.at;
	return true;
}

/* Ends the stream with an error: records end at 'at' in the file, too early. */
static int fail_at(struct stream *s, uint64_t at, struct error *err)
{
	uint64_t size = s->end - s->from;

	s->ended = true;
	if (at < s->end)
		return error_set(err, "the recording is damaged at offset %#llx",
				 (unsigned long long)at);
	if (!s->claimed)
		return error_set(
			err,
			"the recording was never finished: %llu bytes of records "
			"are there",
			(unsigned long long)size);
	return error_set(
		err, "the recording is truncated: it holds %llu of %llu bytes of records",
		(unsigned long long)size, (unsigned long long)s->claimed);
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

/* The size of the tracing data after the record. simpleperf stores it in the record. */
static uint64_t tracing_data_size(struct bytes b)
{
	uint64_t size = bytes_u32(&b);

	return size && bytes_left(&b) >= size ? 0 : (size + 7) & ~(uint64_t)7;
}

/* The size of a record of simpleperf without its header. */
static uint64_t simpleperf_size(const struct bytes *record)
{
	struct bytes b = *record;
	uint32_t upper, lower;

	bytes_skip(&b, 4);
	upper = bytes_u16(&b);
	lower = bytes_u16(&b);
	return (upper << 16 | lower) - (uint64_t)FORMAT_RECORD_SIZE_MIN;
}

/* Handles records that need more than being yielded. Returns 1 for a record that was used
 * up here. */
static int record_use(struct stream *s, const struct stream_record *record,
		      struct error *err)
{
	struct bytes b = record->bytes;
	bool is_there = true;

	bytes_skip(&b, FORMAT_RECORD_SIZE_MIN);
	switch (record->type) {
	case FORMAT_RECORD_COMPRESSED:
		return expand(s, b, err) < 0 ? -1 : 1;
	case FORMAT_RECORD_COMPRESSED2:
		b = bytes_sub(&b, bytes_u64(&b));
		if (b.failed)
			return fail_at(s, record->at, err);
		return expand(s, b, err) < 0 ? -1 : 1;
	case FORMAT_RECORD_TRACING_DATA:
		is_there = plain_skip(s, tracing_data_size(b));
		break;
	case FORMAT_RECORD_AUXTRACE:
		is_there = plain_skip(s, bytes_u64(&b));
		break;
	default:
		if (stream_is_of_simpleperf(record->type))
			is_there = plain_skip(s, simpleperf_size(&record->bytes));
		break;
	}
	return is_there ? 0 : fail_at(s, s->end, err);
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
	bool is_all = s->claimed == s->end - s->from;
	uint64_t at = s->at + s->plain.at;
	int got;

	while (!s->ended) {
		record->at = at;
		got = stream_cut(&s->expanded, record);
		if (got)
			return got > 0 ? 1 : fail_at(s, at, err);
		at = record->at = s->at + s->plain.at;
		if (at == s->end && is_all && !bytes_left(&s->expanded)) {
			s->ended = true;
			return 0;
		}
		got = plain_cut(s, record, err);
		if (s->ended)
			return -1;
		if (got <= 0 && is_message_of_perf(s->plain))
			break;
		if (got <= 0)
			return fail_at(s, got < 0 || is_all ? at : s->end, err);
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

bool stream_is_cut(struct stream *s)
{
	struct stream_record record;

	return !has_more(s) && stream_cut(&s->plain, &record) == 0;
}
