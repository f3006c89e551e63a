/* A list of texts among a picture's data: how many bytes they take, and how many if they are
 * deflated (base/deflate.h), 0: they are not; and these bytes. Each text is as it may be shown
 * (text.h) and ended by a newline. */
#pragma once

#include "base/out.h"
#include "render/data/coder.h"

#include <stdbool.h>
#include <stddef.h>

struct text_list {
	struct out *lines;
	size_t at; /* behind the texts that text_list_next() gave */
};

void text_list_init(struct text_list *l);
void text_list_release(struct text_list *l);

void text_list_add(struct text_list *l, const char *text, size_t len);

void text_list_write(const struct text_list *l, struct coder *c);

/* Fills a list, which was just initialised, with the one that stands next. */
void text_list_read(struct text_list *l, struct coder *c);

/* The next text, which the list owns; false behind the last one. */
bool text_list_next(struct text_list *l, const char **text, size_t *len);
