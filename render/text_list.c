#include "render/text_list.h"

#include "render/text.h"
#include "render/varint.h"

void text_list_init(struct text_list *l)
{
	*l = (struct text_list){.lines = out_memory()};
}

void text_list_add(struct text_list *l, const char *text, size_t len)
{
	text_write(l->lines, text, len);
	out_char(l->lines, '\n');
	l->n++;
}

void text_list_write(struct text_list *l, struct out *o)
{
	varint_write(o, l->n);
	varint_write(o, out_tell(l->lines));
	out_write(o, out_data(l->lines), out_tell(l->lines));
	out_free(&l->lines);
}

struct text_reader text_reader_of(struct bytes *b)
{
	uint64_t n = varint_read(b);
	uint64_t size = varint_read(b);

	return (struct text_reader){.lines = bytes_sub(b, size), .left = n};
}

bool text_reader_next(struct text_reader *r, const char **text, size_t *len)
{
	const char *end;

	if (!r->left || r->lines.failed)
		return false;
	*text = (const char *)r->lines.data + r->lines.at;
	end = memchr(*text, '\n', bytes_left(&r->lines));
	if (!end) {
		r->lines.failed = true;
		return false;
	}
	*len = (size_t)(end - *text);
	bytes_skip(&r->lines, *len + 1);
	r->left--;
	return true;
}
