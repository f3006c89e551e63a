#include "record/data/stream.h"

#include "record/data/format.h"
#include "record/data/zstd_stream.h"

/* Copies of a steady program's stack, 64 KB each, make 1,077 times of the file, and half as much again
 * in what one block leaves for the next. */
enum {
	EXPAND_RECORD_MAX = 64 * 1024 * 1024, /* more than any ring buffer of perf's */
	EXPAND_TIMES = 2048,		      /* of the file's size, all together ... */
	EXPAND_FREE = 256 * 1024 * 1024,      /* ... beyond this */
};

void stream_init(struct stream *s, const void *data, size_t size, bool swapped,
		 uint64_t at, uint64_t claimed)
{
	*s = (struct stream){.plain = {.data = data, .size = size, .swapped = swapped},
			     .at = at,
			     .claimed = claimed};
}

void stream_release(struct stream *s)
{
	struct stream_block *block;

	vec_each(block, &s->blocks)
		mem_free(block->data);
	vec_release(&s->blocks);
	zstd_stream_free(&s->zstd);
}

void stream_rewind(struct stream *s)
{
	s->plain.at = 0;
	s->plain.failed = false;
	s->next_block = 0;
	s->expanded = (struct bytes){0};
	s->ended = false;
}

/* Why the records end at 'at', which is not where they should. */
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
		err, "the recording is cut short: %zu of %llu bytes of records are there",
		s->plain.size, (unsigned long long)s->claimed);
}

/* Expands the next compressed record into a block of its own. */
static int add_block(struct stream *s, struct bytes payload, struct error *err)
{
	size_t limit = EXPAND_RECORD_MAX, rest = bytes_left(&s->expanded), size = 0;
	struct stream_block block = {0};

	if (!s->zstd)
		s->zstd = zstd_stream_new();
	if (bytes_left(&payload)) {
		block.data =
			zstd_stream_expand(s->zstd, payload.data + payload.at,
					   bytes_left(&payload), rest, limit, &size, err);
		if (!block.data)
			return -1;
	}
	block.size = rest + size;
	s->expanded_total += block.size;
	if (s->expanded_total > EXPAND_FREE &&
	    s->expanded_total / EXPAND_TIMES > s->plain.size) {
		mem_free(block.data);
		return error_set(err, "compressed records expand to too much");
	}
	if (!size)
		mem_release(&block.data);
	else if (rest)
		memcpy(block.data, s->expanded.data + s->expanded.at, rest);
	vec_push(&s->blocks, block);
	return 0;
}

static int expand(struct stream *s, struct bytes payload, struct error *err)
{
	struct stream_block block;

	if (s->next_block == s->blocks.n) {
		/* Nobody knows what the library would make of a second try. */
		if (!s->is_damaged && add_block(s, payload, &s->damage) < 0)
			s->is_damaged = true;
		if (s->is_damaged) {
			*err = s->damage;
			return -1;
		}
	}
	block = s->blocks.items[s->next_block++];
	/* Nothing new: what was left of the one before is still all there is. */
	if (!block.data)
		return 0;
	s->expanded = bytes_of(block.data, block.size);
	s->expanded.swapped = s->plain.swapped;
	return 0;
}

/* What a record needs beyond being passed on: 1 where it was used up here. */
static int use(struct stream *s, const struct stream_record *record, struct error *err)
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

/* Who sent both outputs of "perf record -o -" into one file has perf's last words in it. */
static bool is_talk_of_perf(struct bytes rest)
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
		if (got <= 0 && is_talk_of_perf(s->plain))
			break;
		if (got <= 0)
			return fail_at(s, got < 0 || is_all ? at : s->plain.size, err);
		got = use(s, record, err);
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
