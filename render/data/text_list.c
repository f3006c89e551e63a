#include "render/data/text_list.h"

#include "render/data/varint.h"
#include "render/text.h"

#include <string.h>

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

void text_list_write(const struct text_list *l, struct out *o)
{
	size_t size = out_pos(l->lines);

	varint_write(o, size);
	out_write(o, out_data(l->lines), size);
}

void text_list_read(struct text_list *l, struct bytes *in)
{
	uint64_t size = bytes_uleb(in);
	const char *text = bytes_take(in, size);

	if (!text)
		return;
	if (size && text[size - 1] != '\n') {
		in->failed = true;
		return;
	}
	out_write(l->lines, text, size);
}

size_t text_list_count(const struct text_list *l)
{
	const char *text = out_data(l->lines), *end = text + out_pos(l->lines);
	size_t n = 0;

	for (; text < end; text++)
		n += *text == '\n';
	return n;
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
