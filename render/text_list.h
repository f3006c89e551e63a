/* A list of texts among a picture's data: how many, how many bytes they take, and the texts, each
 * as it may be shown (text.h) and ended by a newline. */
#pragma once

#include "base/bytes.h"
#include "base/out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_list {
	struct out *lines;
	uint64_t n;
};

void text_list_init(struct text_list *l);
void text_list_add(struct text_list *l, const char *text, size_t len);

/* Writes the list and ends it. */
void text_list_write(struct text_list *l, struct out *o);

/* A list that is read. */
struct text_reader {
	struct bytes lines;
	uint64_t left; /* texts */
};

/* The list that stands next in 'b', all of which is passed. */
struct text_reader text_reader_of(struct bytes *b);

/* The next text, which belongs to whoever owns the data; false behind the last one. Where the list
 * is damaged, also 'r->lines.failed' is set. */
bool text_reader_next(struct text_reader *r, const char **text, size_t *len);
