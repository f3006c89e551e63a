#include "record/data/amend.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "record/data/features.h"
#include "record/data/flame_section.h"
#include "record/data/format.h"

#include <assert.h>
#include <string.h>

enum {
	CHUNK_SIZE = 1024 * 1024,
	/* The kernel's limit for the arguments of a program is smaller. */
	COMMAND_SIZE_MAX = 64 * 1024 * 1024,
};

/* The fields of the file header that are needed. */
struct head {
	uint64_t data_at, data_size;
	uint64_t start_at; /* features that were known at the start, or 0 */
	uint64_t table_at; /* the sections of the old features */
	uint64_t bits[FORMAT_FEATURE_BITS / 64];
};

static bool bit_is_set(const uint64_t *bits, unsigned bit)
{
	return bits[bit / 64] >> bit % 64 & 1;
}

static int head_read(struct head *h, const struct recording *r, struct error *err)
{
	uint64_t size = recording_size(r), header_size;
	uint8_t start[FORMAT_HEADER_SIZE];
	struct bytes b = bytes_of(start, size < sizeof(start) ? size : sizeof(start));

	if (recording_read_bytes(r, 0, start, b.size, err) < 0)
		return -1;
	if (recording_is_swapped(r))
		return error_set(err, "it is of a machine of the other byte order");
	bytes_skip(&b, FORMAT_MAGIC_SIZE);
	header_size = bytes_u64(&b);
	if (header_size < FORMAT_HEADER_SIZE)
		return error_set(err, "%s: names cannot be stored in it",
				 header_size == FORMAT_PIPE_HEADER_SIZE
					 ? "it was written to a pipe"
					 : "perf before 2.6.33 wrote it");
	bytes_skip(&b, 8 + FORMAT_SECTION_SIZE); /* size of an attr, the attrs */
	h->data_at = bytes_u64(&b);
	h->data_size = bytes_u64(&b);
	h->start_at = bytes_u64(&b);
	bytes_skip(&b, 8);
	for (size_t i = 0; i < FORMAT_FEATURE_BITS / 64; i++)
		h->bits[i] = bytes_u64(&b);
	if (b.failed || h->data_at > size)
		return error_set(err, "it is not complete");
	return 0;
}

/* Replaces the features by those of the recording's start, if it has them. */
static int start_read(struct head *h, const struct recording *r, struct error *err)
{
	uint8_t start[FORMAT_MAGIC_SIZE + sizeof(h->bits)];

	memset(h->bits, 0, sizeof(h->bits));
	if (h->start_at > h->data_at || h->data_at - h->start_at < sizeof(start))
		return 0;
	if (recording_read_bytes(r, h->start_at, start, sizeof(start), err) < 0)
		return -1;
	if (memcmp(start, FORMAT_START_MAGIC, FORMAT_MAGIC_SIZE) != 0)
		return 0;
	memcpy(h->bits, start + FORMAT_MAGIC_SIZE, sizeof(h->bits));
	h->table_at = h->start_at + sizeof(start);
	return 0;
}

/* Copies bytes of the recording, which must have them. */
static int bytes_copy(struct out *out, const struct recording *r, uint64_t at,
		      uint64_t size, struct error *err)
{
	scoped(mem_release) uint8_t *chunk = mem_resize(NULL, CHUNK_SIZE, 1);

	while (size) {
		size_t n = size < CHUNK_SIZE ? size : CHUNK_SIZE;

		if (recording_read_bytes(r, at, chunk, n, err) < 0)
			return -1;
		out_write(out, chunk, n);
		at += n;
		size -= n;
	}
	return 0;
}

static int command_copy(struct out *out, const struct recording *r, uint64_t at,
			uint64_t size, struct error *err)
{
	scoped(mem_release) uint8_t *section = mem_new(size, 1);

	if (recording_read_bytes(r, at, section, size, err) < 0)
		return -1;
	features_copy_command(out, bytes_of(section, size));
	return 0;
}

/* Copies the section of a feature, and stores in 'section' where it is in the copy. */
static int feature_copy(struct out *out, const struct recording *r, unsigned bit,
			uint64_t table_at, uint64_t section[2], struct error *err)
{
	bool is_command = bit == FORMAT_FEATURE_CMDLINE;
	uint64_t size = recording_size(r);
	uint64_t from[2];

	if (size < sizeof(from) || table_at > size - sizeof(from))
		return error_set(err, "it is not complete");
	if (recording_read_bytes(r, table_at, from, sizeof(from), err) < 0)
		return -1;
	if (from[0] > size || from[1] > size - from[0])
		return error_set(err, "it is not complete");
	section[0] = out_pos(out);
	if (is_command && from[1] > COMMAND_SIZE_MAX)
		return error_set(err, "its command line is damaged");
	if ((is_command ? command_copy : bytes_copy)(out, r, from[0], from[1], err) < 0)
		return -1;
	section[1] = out_pos(out) - section[0];
	return 0;
}

/* Writes the sections of the features, in the order of their bits: copies, then flame's
 * own. */
static int features_copy(struct out *out, const struct head *h, const struct recording *r,
			 const struct run_info *c, const struct dso_table *dsos,
			 struct error *err)
{
	uint64_t table[FORMAT_FEATURE_BITS][2] = {0};
	uint64_t table_at = h->data_at + h->data_size;
	size_t n = 1, i = 0;

	/* flame's own section is the last one. */
	for (unsigned bit = 0; bit < FORMAT_FEATURE_FLAME; bit++)
		n += bit_is_set(h->bits, bit);
	out_write(out, table, n * FORMAT_SECTION_SIZE);
	for (unsigned bit = 0; bit < FORMAT_FEATURE_FLAME; bit++) {
		if (!bit_is_set(h->bits, bit))
			continue;
		if (feature_copy(out, r, bit, h->table_at + i * FORMAT_SECTION_SIZE,
				 table[i], err) < 0)
			return -1;
		i++;
	}
	table[i][0] = out_pos(out);
	flame_section_write(out, c, dsos);
	table[i][1] = out_pos(out) - table[i][0];
	out_patch(out, table_at, table, n * FORMAT_SECTION_SIZE);
	return 0;
}

/* Copies header and records, and writes all features. */
static int amend(struct out *out, struct head *h, const struct recording *r,
		 const struct run_info *c, const struct dso_table *dsos,
		 struct error *err)
{
	if (bytes_copy(out, r, 0, h->data_at + h->data_size, err) < 0 ||
	    features_copy(out, h, r, c, dsos, err) < 0)
		return -1;
	h->bits[FORMAT_FEATURE_FLAME / 64] |= (uint64_t)1 << FORMAT_FEATURE_FLAME % 64;
	out_patch(out, FORMAT_HEADER_DATA_SIZE_AT, &h->data_size, sizeof(h->data_size));
	out_patch(out, FORMAT_HEADER_FEATURES_AT, h->bits, sizeof(h->bits));
	return out_flush(out, err);
}

int amend_names(struct out *out, const struct recording *r, const struct run_info *c,
		const struct dso_table *dsos, struct error *err)
{
	struct head h;

	if (head_read(&h, r, err) < 0)
		return -1;
	if (!h.data_size || h.data_size > recording_size(r) - h.data_at)
		return error_set(err, "it is not complete");
	h.table_at = h.data_at + h.data_size;
	return amend(out, &h, r, c, dsos, err);
}

int amend_unfinished(struct out *out, const struct recording *r, uint64_t records_size,
		     const struct run_info *c, const struct dso_table *dsos,
		     struct error *err)
{
	struct head h = {0};

	if (head_read(&h, r, err) < 0 || start_read(&h, r, err) < 0)
		return -1;
	assert(records_size <= recording_size(r) - h.data_at);
	h.data_size = records_size;
	return amend(out, &h, r, c, dsos, err);
}
