#include "render/text_list.h"

#include "render/text.h"

#include <string.h>

enum {
	LIST_MOST = 64 << 20,
	BYTE_BITS = 1, /* the least that a byte takes: one that is guessed at once */
};

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
	const uint8_t *bytes = (const uint8_t *)out_data(l->lines);
	size_t size = out_tell(l->lines);

	coder_number(c, size_contexts, size);
	for (size_t i = 0; i < size; i++)
		coder_byte(c, bytes[i]);
}

void text_list_read(struct text_list *l, struct coder *c)
{
	uint64_t size = coder_number(c, size_contexts, 0);
	uint8_t byte = '\n';

	if (size > LIST_MOST)
		coder_fail(c);
	if (!coder_holds(c, size, BYTE_BITS))
		return;
	for (uint64_t i = 0; i < size && !coder_failed(c); i++) {
		byte = coder_byte(c, 0);
		out_char(l->lines, (char)byte);
	}
	if (byte != '\n')
		coder_fail(c);
}

bool text_list_next(struct text_list *l, const char **text, size_t *len)
{
	const char *end;

	*text = out_data(l->lines) + l->at;
	end = memchr(*text, '\n', out_tell(l->lines) - l->at);
	if (!end)
		return false;
	*len = (size_t)(end - *text);
	l->at += *len + 1;
	return true;
}
