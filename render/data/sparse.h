/* Columns of a picture's data in which most numbers are 0: for each other number, the
 * zeros before it and the number; then the zeros at the end. All are varints. */
#pragma once

#include "base/bytes.h"
#include "render/data/varint.h"

#include <stdbool.h>

/* {.out = o} begins a column. */
struct sparse_writer {
	struct out *out;
	uint64_t zeros;
};

static inline void sparse_put(struct sparse_writer *w, uint64_t n)
{
	if (!n) {
		w->zeros++;
		return;
	}
	varint_write(w->out, w->zeros);
	varint_write(w->out, n);
	w->zeros = 0;
}

static inline void sparse_end(struct sparse_writer *w)
{
	varint_write(w->out, w->zeros);
}

/* {.in = in} begins a column; damage sets in->failed. */
struct sparse_reader {
	struct bytes *in;
	uint64_t zeros;
	/* 'zeros' are those before the next number */
	bool has_zeros;
};

static inline void sparse_read_zeros(struct sparse_reader *r)
{
	if (r->has_zeros)
		return;
	r->zeros = bytes_uleb(r->in);
	r->has_zeros = true;
}

static inline uint64_t sparse_next(struct sparse_reader *r)
{
	sparse_read_zeros(r);
	if (r->zeros) {
		r->zeros--;
		return 0;
	}
	r->has_zeros = false;
	return bytes_uleb(r->in);
}

/* After the last number of the column. */
static inline void sparse_finish(struct sparse_reader *r)
{
	sparse_read_zeros(r);
	r->in->failed |= r->zeros > 0;
}
