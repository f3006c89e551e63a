/* Numbers packed into few characters, one after another: what is likely takes less
 * than a bit. A picture's data is made of it, and its script unpacks the same
 * (svg/assets/model/profile.js).
 *
 * Everything becomes a row of bits. How likely it is that one is set is learned from those
 * before it: whoever codes something says in which contexts it stands, and each context
 * remembers how many zeros and ones it has seen, the recent ones better. The probability is the
 * share of ones in all of them, where the later contexts, which say more, weigh more (the idea
 * is that of M. Mahoney, "The PAQ1 Data Compression Program", 2002). The bits become digits by
 * splitting a range for each of them (G. Martin, "Range encoding", 1979). The digits are of base
 * 91, each a character that is printable and means nothing to XML: '!' to '~' without '&', '<'
 * and '>'. All of it is whole numbers: the same input gives the same text everywhere.
 *
 * A coder either writes or reads, and reading is writing the other way around: the functions
 * take what is to be written, or anything, and return what was written, or read. */
#pragma once

#include "base/out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coder;

/* What something is: each learns by itself. The script knows them by their numbers. */
enum coder_use {
	CODER_FIGURE,
	CODER_OBJECT,
	CODER_ATTRIBUTES,
	CODER_NEW, /* svg_nodes.h says what this and the next four are */
	CODER_FRAME,
	CODER_END,
	CODER_COUNT,
	CODER_WEIGHT,
	CODER_IDLE, /* and svg_times.h these four */
	CODER_SLICES,
	CODER_SLICE,
	CODER_SLICE_COUNT,
	CODER_SIDES, /* svg_sides.h: this for its first column, and so on */
};

/* In which contexts something stands: what it is, with each of three numbers. */
struct coder_contexts {
	unsigned use;
	uint32_t a, b, c;
};

/* For contexts and keys that are of several numbers: a hash of 30 bits. */
static inline uint32_t coder_mix(uint32_t a, uint32_t b)
{
	uint32_t z = (a ^ b * UINT32_C(0x9e3779b1)) * UINT32_C(0x85ebca6b);

	return (z ^ z >> 15) >> 2;
}

/* For contexts that are of something counted: what is large says no more than CODER_BOUND. */
enum { CODER_BOUND = 255 };

static inline uint32_t coder_bounded(uint64_t n)
{
	return n < CODER_BOUND ? (uint32_t)n : CODER_BOUND;
}

struct coder *coder_writer(void);

/* Reads 'size' characters, which must outlive the coder. */
struct coder *coder_reader(const char *text, size_t size);
void coder_free(struct coder **c);

bool coder_is_reading(const struct coder *c);

/* Whether what is read is damaged; then everything that is read is 0. */
bool coder_failed(const struct coder *c);
void coder_fail(struct coder *c);

/* Whether what is read can hold 'n' things of at least 'bits' coded bits each, for whoever is to
 * make room for them; it has failed if not. */
bool coder_holds(struct coder *c, uint64_t n, unsigned bits);

bool coder_bit(struct coder *c, struct coder_contexts contexts, bool bit);

/* A number of 'n' bits. */
uint64_t coder_bits(struct coder *c, struct coder_contexts contexts, unsigned n,
		    uint64_t number);

/* A number that is likely to be small. */
uint64_t coder_number(struct coder *c, struct coder_contexts contexts, uint64_t number);

/* A byte of which nothing is known: all 256 are as likely. */
uint8_t coder_raw(struct coder *c, uint8_t byte);

/* Symbols that as a rule follow on something. That is said by keys, hashes of what is before the
 * symbol, of the most that is first. */
enum { CODER_KEYS = 2 };
struct coder_keys {
	uint32_t keys[CODER_KEYS];
};

/* Tries those that followed last on each of the keys, one bit for each; whether one of them
 * is it, which '*symbol' then is. What keys of the same hash have put there is tried too. */
bool coder_guess(struct coder *c, const struct coder_keys *keys, uint32_t *symbol);

/* Says what it was, guessed or not. */
void coder_learn(struct coder *c, const struct coder_keys *keys, uint32_t symbol);

/* Ends what was written and gives it to 'o'. */
void coder_end(struct coder *c, struct out *o);

/* Whether all of it was read, and as it was written. */
bool coder_is_complete(const struct coder *c);
