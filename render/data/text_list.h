/* A list of texts in a picture's data: the number of bytes as a varint, then each text
 * followed by a newline. Texts hold no newline, because they are written as they may
 * be shown (text.h). */
#pragma once

#include "base/bytes.h"
#include "base/out.h"

#include <stdbool.h>
#include <stddef.h>

struct text_list {
	struct out *lines;
	/* position of text_list_next() in 'lines' */
	size_t at;
};

void text_list_init(struct text_list *l);
void text_list_release(struct text_list *l);

/* Appends the 'len' bytes at 'text', with U+FFFD for everything that may not be shown. */
void text_list_add(struct text_list *l, const char *text, size_t len);

void text_list_write(const struct text_list *l, struct out *o);

/* Appends the texts of the list that 'in' holds next. Damage sets in->failed; the list
 * is as it was then. */
void text_list_read(struct text_list *l, struct bytes *in);

/* The number of texts. */
size_t text_list_count(const struct text_list *l);

/* The next text, the first one at first: true with '*text', which the list owns and
 * which has no NUL at its end, and '*len'; false after the last one. */
bool text_list_next(struct text_list *l, const char **text, size_t *len);
