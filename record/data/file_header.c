#include "record/data/file_header.h"

#include "base/scoped.h"

#include <string.h>

static bool has_magic(const void *start, const char magic[FORMAT_MAGIC_SIZE])
{
	return memcmp(start, magic, FORMAT_MAGIC_SIZE) == 0;
}

bool file_header_is_start(const void *start, size_t size)
{
	const uint8_t *bytes = start;
	size_t end = FORMAT_MAGIC_SIZE;

	if (size < FORMAT_MAGIC_SIZE ||
	    !(has_magic(start, FORMAT_MAGIC) || has_magic(start, FORMAT_MAGIC_SWAPPED) ||
	      has_magic(start, FORMAT_MAGIC_OLD)))
		return false;
	/* A text may begin with a process of that name. In a recording the size of the
	 * header follows, which is mostly zeros. */
	while (end < size && end < FORMAT_MAGIC_SIZE + 6 && bytes[end])
		end++;
	return end == FORMAT_MAGIC_SIZE || (end < size && !bytes[end]);
}

bool file_header_is_swapped(struct bytes start)
{
	const void *magic = bytes_take(&start, FORMAT_MAGIC_SIZE);

	/* The old magic is the same in both byte orders. The size of the header follows,
	 * a small number of 64 bits. */
	start.swapped = false;
	if (has_magic(magic, FORMAT_MAGIC_OLD))
		return bytes_u64(&start) > UINT32_MAX;
	return has_magic(magic, FORMAT_MAGIC_SWAPPED);
}

struct file_section file_section_read(struct bytes *b)
{
	struct file_section s = {.at = bytes_u64(b)};

	s.size = bytes_u64(b);
	return s;
}

/* The bits are an array of words of the recorder's machine. A 32-bit machine with the
 * other byte order also has the halves of our words in the other order; its files have a
 * host name. */
static void features_read(struct file_header *h, struct bytes *b)
{
	const uint64_t hostname = (uint64_t)1 << FORMAT_FEATURE_HOSTNAME;
	bool has_halves;

	for (size_t i = 0; i < array_size(h->features); i++)
		h->features[i] = bytes_u64(b);
	has_halves = b->swapped && !(h->features[0] & hostname) &&
		     h->features[0] >> 32 & hostname;
	for (size_t i = 0; has_halves && i < array_size(h->features); i++)
		h->features[i] = h->features[i] << 32 | h->features[i] >> 32;
}

int file_header_read(struct file_header *h, struct bytes b, struct error *err)
{
	uint64_t size;

	*h = (struct file_header){0};
	bytes_skip(&b, FORMAT_MAGIC_SIZE);
	size = bytes_u64(&b);
	h->attr_size = bytes_u64(&b);
	h->attrs = file_section_read(&b);
	h->records = file_section_read(&b);
	h->start = file_section_read(&b);
	/* perf before 2.6.33 has no features. */
	if (size != FORMAT_HEADER_FEATURES_AT)
		features_read(h, &b);
	if (b.failed || size < FORMAT_HEADER_FEATURES_AT)
		return error_set(err, "its header is truncated");
	return 0;
}
