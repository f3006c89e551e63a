#include "record/data/amend.h"

#include "base/bytes.h"
#include "record/data/flame_section.h"
#include "record/data/format.h"

/* The fields of the file header that are needed. */
struct head {
	uint64_t data_at, data_size;
	uint64_t bits[FORMAT_FEATURE_BITS / 64];
};

static bool bit_is_set(const uint64_t *bits, unsigned bit)
{
	return bits[bit / 64] >> bit % 64 & 1;
}

static int head_read(struct head *h, const void *data, size_t size, struct error *err)
{
	struct bytes b = bytes_of(data, size);
	const char *magic = bytes_take(&b, FORMAT_MAGIC_SIZE);

	if (b.failed || memcmp(magic, FORMAT_MAGIC, FORMAT_MAGIC_SIZE) != 0)
		return error_set(err, "it is of a machine of the other byte order");
	if (bytes_u64(&b) < FORMAT_HEADER_SIZE)
		return error_set(
			err, "it was written to a pipe: names cannot be stored in it");
	bytes_skip(&b, 8 + FORMAT_SECTION_SIZE); /* size of an attr, the attrs */
	h->data_at = bytes_u64(&b);
	h->data_size = bytes_u64(&b);
	bytes_skip(&b, FORMAT_SECTION_SIZE);
	for (size_t i = 0; i < FORMAT_FEATURE_BITS / 64; i++)
		h->bits[i] = bytes_u64(&b);
	if (b.failed || !h->data_size || h->data_at > size ||
	    h->data_size > size - h->data_at)
		return error_set(err, "it is not complete");
	return 0;
}

/* Writes the sections of the features, in the order of their bits: copies, then flame's
 * own. */
static int features_copy(struct out *out, const struct head *h, struct bytes all,
			 const struct run_info *c, const struct dso_table *dsos,
			 struct error *err)
{
	uint64_t table[FORMAT_FEATURE_BITS][2] = {0};
	uint64_t table_at = h->data_at + h->data_size;
	struct bytes old = all;
	size_t n = 1, i = 0;

	/* flame's own section is the last one. */
	for (unsigned bit = 0; bit < FORMAT_FEATURE_FLAME; bit++)
		n += bit_is_set(h->bits, bit);
	out_write(out, table, n * FORMAT_SECTION_SIZE);
	bytes_skip(&old, table_at);
	for (unsigned bit = 0; bit < FORMAT_FEATURE_FLAME; bit++) {
		struct bytes section = all;
		const void *p;

		if (!bit_is_set(h->bits, bit))
			continue;
		bytes_skip(&section, bytes_u64(&old));
		table[i][0] = out_pos(out);
		table[i][1] = bytes_u64(&old);
		p = bytes_take(&section, table[i][1]);
		if (!p || old.failed)
			return error_set(err, "it is not complete");
		out_write(out, p, table[i++][1]);
	}
	table[i][0] = out_pos(out);
	flame_section_write(out, c, dsos);
	table[i][1] = out_pos(out) - table[i][0];
	out_patch(out, table_at, table, n * FORMAT_SECTION_SIZE);
	return 0;
}

int amend_names(struct out *out, const void *data, size_t size, const struct run_info *c,
		const struct dso_table *dsos, struct error *err)
{
	struct head h;

	if (head_read(&h, data, size, err) < 0)
		return -1;
	out_write(out, data, h.data_at + h.data_size);
	if (features_copy(out, &h, bytes_of(data, size), c, dsos, err) < 0)
		return -1;
	h.bits[FORMAT_FEATURE_FLAME / 64] |= (uint64_t)1 << FORMAT_FEATURE_FLAME % 64;
	out_patch(out, FORMAT_HEADER_FEATURES_AT, h.bits, sizeof(h.bits));
	return out_flush(out, err);
}
