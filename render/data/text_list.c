#include "render/data/text_list.h"

#include "base/deflate.h"
#include "base/mem.h"
#include "base/scoped.h"
#include "render/text.h"

#include <string.h>

enum { LIST_MOST = 64 << 20 };

void text_list_init(struct text_list *l)
{
	*l = (struct text_list){.lines = out_memory()};
}

void text_list_release(struct text_list *l)
{
	out_free(&l->lines);
}

void text_list_add(struct text_list *l, const char *text, size_t len)
{
	text_write(l->lines, text, len);
	out_char(l->lines, '\n');
}

static const struct coder_contexts size_contexts = {.use = CODER_FIGURE};

void text_list_write(const struct text_list *l, struct coder *c)
{
	size_t size = out_pos(l->lines), packed_size;
	scoped(mem_release) uint8_t *packed =
		deflate_pack(out_data(l->lines), size, &packed_size);
	const uint8_t *bytes = packed ? packed : (const uint8_t *)out_data(l->lines);

	coder_number(c, size_contexts, size);
	coder_number(c, size_contexts, packed_size);
	for (size_t i = 0; i < (packed ? packed_size : size); i++)
		coder_raw(c, bytes[i]);
}

/* Bytes that mem_free() ends; NULL where they cannot be there. */
static void *read_bytes(struct coder *c, uint64_t size)
{
	uint8_t *bytes;

	if (size > LIST_MOST)
		coder_fail(c);
	if (!coder_holds(c, size, 8))
		return NULL;
	bytes = mem_new(size, 1);
	for (uint64_t i = 0; i < size; i++)
		bytes[i] = coder_raw(c, 0);
	return bytes;
}

void text_list_read(struct text_list *l, struct coder *c)
{
	uint64_t size = coder_number(c, size_contexts, 0);
	uint64_t packed_size = coder_number(c, size_contexts, 0);
	scoped(mem_release) void *bytes = read_bytes(c, packed_size ? packed_size : size);
	scoped(mem_release) void *unpacked = NULL;
	const char *text = bytes;

	if (bytes && packed_size && size <= LIST_MOST)
		text = unpacked = deflate_unpack(bytes_of(bytes, packed_size), size);
	if (!text || size > LIST_MOST || (size && text[size - 1] != '\n'))
		coder_fail(c);
	if (!coder_failed(c))
		out_write(l->lines, text, size);
}

bool text_list_next(struct text_list *l, const char **text, size_t *len)
{
	const char *end;

	*text = out_data(l->lines) + l->at;
	end = memchr(*text, '\n', out_pos(l->lines) - l->at);
	if (!end)
		return false;
	*len = (size_t)(end - *text);
	l->at += *len + 1;
	return true;
}
