#include "render/data/coder.h"

#include "base/mem.h"
#include "base/vec.h"

enum {
	DIGITS = 91,
	WINDOW = 5,	       /* digits that may still change */
	RANGE_START = 1 << 29, /* ranges stay below 2^30: small integers in JavaScript */
	RANGE_LEAST = 1 << 23, /* else another digit is taken */
	CERTAIN_BITS = 15,     /* a probability of 1 is 1 << 15 */
	BITS_PER_DIGIT =
		1 << 11, /* more are not in a digit: one takes at least 1 / 302 */
	CONTEXTS = 3,
	COUNT_BITS = 5,
	COUNT_MOST = (1 << COUNT_BITS) - 1,
	STATE_BITS = 2 * COUNT_BITS, /* the number of ones, and that of zeros */
	STATES = 1 << STATE_BITS,
	SUMS = 2 + (1 + 4 + 9) * 2 * COUNT_MOST + 1, /* see decide() */
	PART_BITS = 25,
	HASH_BITS = 30, /* of coder_mix() */
	SLOT_BITS = 17,
	LIST_BITS = 16,
	GUESSES = 4,
	REFUSED = 1 << 16,
};

/* DIGITS to the power of WINDOW, and of one less. */
#define WINDOW_SIZE UINT64_C(6240321451)
#define WINDOW_TOP  UINT64_C(68574961)

/* What followed on a key, the latest first: symbol + 1, and behind it the state of the guess
 * that it is this symbol; and the states of the guesses that it is the one in that place. */
struct list {
	uint32_t symbols[GUESSES], places[GUESSES];
};

/* What a context has seen is in 16 slots in a row, for what may stand in the four bits that are
 * next. Slots are found by a hash. The rest of that is above, so that few contexts take one for
 * theirs that is not, and the state below. */
struct coder {
	uint32_t *slots;
	struct list *lists; /* by key */
	uint32_t *refused;  /* by symbol: the last guess that it was not */
	uint32_t guess;	    /* the number of this one */
	uint32_t tries[CODER_KEYS][GUESSES]; /* states */
	uint16_t next[2][STATES]; /* what comes of a state by a 0, and by a 1 */
	uint32_t parts[SUMS];	  /* 1 << PART_BITS, divided */

	uint32_t range;
	uint64_t low;	  /* writing: where the range begins, in the window */
	VEC(char) digits; /* before the window; as numbers */
	bool is_reading;
	const char *text; /* reading */
	size_t at, size;
	uint32_t code; /* how far in the range what is read is */
	bool failed;
};

static unsigned grown(unsigned count)
{
	return count + (count < COUNT_MOST);
}

/* What was seen before the contrary of it is seen. */
static unsigned aged(unsigned count)
{
	return (3 * count + 3) / 4;
}

static void make_tables(struct coder *c)
{
	for (unsigned state = 0; state < STATES; state++) {
		unsigned ones = state >> COUNT_BITS, zeros = state & COUNT_MOST;

		c->next[0][state] = (uint16_t)(aged(ones) << COUNT_BITS | grown(zeros));
		c->next[1][state] = (uint16_t)(grown(ones) << COUNT_BITS | aged(zeros));
	}
	for (unsigned sum = 1; sum < SUMS; sum++)
		c->parts[sum] = (1 << PART_BITS) / sum;
}

static struct coder *new_coder(void)
{
	struct coder *c = mem_new(1, sizeof(*c));

	make_tables(c);
	c->slots = mem_new((size_t)1 << SLOT_BITS, sizeof(*c->slots));
	c->lists = mem_new((size_t)1 << LIST_BITS, sizeof(*c->lists));
	c->refused = mem_new(REFUSED, sizeof(*c->refused));
	c->range = RANGE_START;
	return c;
}

struct coder *coder_writer(void)
{
	return new_coder();
}

/* The digits without the three characters. */
static char character_of(unsigned digit)
{
	unsigned c = digit + '!';

	c += c >= '&';
	c += c >= '<';
	c += c >= '>';
	return (char)c;
}

static uint64_t next_digit(struct coder *c)
{
	unsigned char ch = c->at < c->size ? (unsigned char)c->text[c->at] : 0;

	c->at++;
	c->failed |= ch < '!' || ch > '~' || ch == '&' || ch == '<' || ch == '>';
	return c->failed ? 0 : ch - '!' - (ch > '&') - (ch > '<') - (ch > '>');
}

struct coder *coder_reader(const char *text, size_t size)
{
	struct coder *c = new_coder();
	uint64_t code = 0;

	c->is_reading = true;
	c->text = text;
	c->size = size;
	for (int i = 0; i < WINDOW; i++)
		code = code * DIGITS + next_digit(c);
	c->failed |= code >= c->range;
	c->code = c->failed ? 0 : (uint32_t)code;
	return c;
}

void coder_free(struct coder **c)
{
	if (*c) {
		mem_free((*c)->slots);
		mem_free((*c)->lists);
		mem_free((*c)->refused);
		vec_release(&(*c)->digits);
	}
	mem_release(c);
}

bool coder_is_reading(const struct coder *c)
{
	return c->is_reading;
}

bool coder_failed(const struct coder *c)
{
	return c->failed;
}

void coder_fail(struct coder *c)
{
	c->failed = true;
}

bool coder_holds(struct coder *c, uint64_t n, unsigned bits)
{
	if (n > (uint64_t)c->size * BITS_PER_DIGIT / bits)
		c->failed = true;
	return !c->failed;
}

/* One more before the window: the digits that are all 90 become 0. */
static void carry(struct coder *c)
{
	size_t i = c->digits.n;

	c->low -= WINDOW_SIZE;
	while (i-- && ++c->digits.items[i] == DIGITS)
		c->digits.items[i] = 0;
}

static void put_digit(struct coder *c)
{
	vec_push(&c->digits, (char)(c->low / WINDOW_TOP));
	c->low = c->low % WINDOW_TOP * DIGITS;
}

/* Goes on with a part of the range. */
static void narrow(struct coder *c, uint32_t start, uint32_t size)
{
	c->range = size;
	if (c->is_reading)
		c->code -= start;
	else
		c->low += start;
	if (c->low >= WINDOW_SIZE)
		carry(c);
	while (c->range < RANGE_LEAST) {
		c->range *= DIGITS;
		if (c->is_reading)
			c->code = c->code * DIGITS + (uint32_t)next_digit(c);
		else
			put_digit(c);
	}
}

/* Codes a bit that is set with a probability of 'p': then it takes the lower part. */
static bool split(struct coder *c, uint32_t p, bool bit)
{
	uint32_t lower = (c->range >> CERTAIN_BITS) * p;

	if (c->is_reading)
		bit = c->code < lower;
	narrow(c, bit ? 0 : lower, bit ? lower : c->range - lower);
	return bit;
}

uint8_t coder_raw(struct coder *c, uint8_t byte)
{
	uint32_t part = c->range >> 8, n = c->is_reading ? c->code / part : byte;

	c->failed |= n > UINT8_MAX;
	if (c->failed)
		return 0;
	narrow(c, n * part, part);
	return (uint8_t)n;
}

/* Codes a bit by the states of three contexts, which weigh 1, 4 and 9, and learn; before anything
 * was seen a 1 is as likely as a 0. */
static bool decide(struct coder *c, uint32_t *states, bool bit)
{
	uint32_t ones = 1, all = 2;

	for (uint32_t i = 0; i < CONTEXTS; i++) {
		uint32_t weight = (i + 1) * (i + 1);

		ones += weight * (states[i] >> COUNT_BITS);
		all += weight * ((states[i] >> COUNT_BITS) + (states[i] & COUNT_MOST));
	}
	bit = split(c, ones * c->parts[all] >> (PART_BITS - CERTAIN_BITS), bit);
	for (int i = 0; i < CONTEXTS; i++)
		states[i] = c->next[bit][states[i]];
	return bit;
}

/* Codes a bit in the contexts of 'hashes'; 'way' below 16 is what was before it there. */
static bool code(struct coder *c, const uint32_t *hashes, unsigned way, bool bit)
{
	uint32_t at[CONTEXTS], states[CONTEXTS];

	if (c->failed)
		return false;
	for (int i = 0; i < CONTEXTS; i++) {
		uint32_t slot;

		at[i] = hashes[i] >> (HASH_BITS - SLOT_BITS) ^ way;
		slot = c->slots[at[i]] ^ hashes[i] << STATE_BITS;
		states[i] = slot < STATES ? slot : 0;
	}
	bit = decide(c, states, bit);
	for (int i = 0; i < CONTEXTS; i++)
		c->slots[at[i]] = hashes[i] << STATE_BITS | states[i];
	return bit;
}

/* Codes 'n' bits of a number, four by four; 'salt' tells those of the same contexts apart. */
static uint64_t code_bits(struct coder *c, const uint32_t *hashes, uint32_t salt,
			  unsigned n, uint64_t number)
{
	uint32_t four[CONTEXTS] = {0};
	uint64_t result = 0;
	unsigned way = 1;

	for (unsigned i = 0; i < n; i++) {
		bool bit;

		if (i % 4 == 0) {
			salt = salt * 16 + way;
			for (int k = 0; k < CONTEXTS; k++)
				four[k] = coder_mix(hashes[k], salt);
			way = 1;
		}
		bit = code(c, four, way, number >> (n - 1 - i) & 1);
		way = way * 2 + bit;
		result = result * 2 + bit;
	}
	return result;
}

static void enter(uint32_t hashes[CONTEXTS], const struct coder_contexts *contexts)
{
	hashes[0] = coder_mix(contexts->use * 4, contexts->a);
	hashes[1] = coder_mix(contexts->use * 4 + 1, contexts->b);
	hashes[2] = coder_mix(contexts->use * 4 + 2, contexts->c);
}

bool coder_bit(struct coder *c, struct coder_contexts contexts, bool bit)
{
	uint32_t hashes[CONTEXTS];

	enter(hashes, &contexts);
	return code(c, hashes, 1, bit);
}

uint64_t coder_bits(struct coder *c, struct coder_contexts contexts, unsigned n,
		    uint64_t number)
{
	uint32_t hashes[CONTEXTS];

	enter(hashes, &contexts);
	return code_bits(c, hashes, n, n, number);
}

/* Elias' gamma code: as many ones as the number has bits, a zero, and the bits below the first. */
uint64_t coder_number(struct coder *c, struct coder_contexts contexts, uint64_t number)
{
	unsigned bits = number ? 64 - (unsigned)__builtin_clzll(number) : 0, n = 0;
	uint32_t hashes[CONTEXTS];

	enter(hashes, &contexts);
	while (code(c, hashes, n < 15 ? n + 1 : 15, n < bits))
		if (++n > 64) {
			c->failed = true;
			return 0;
		}
	if (!n)
		return 0;
	return (uint64_t)1 << (n - 1) | code_bits(c, hashes, n, n - 1, number);
}

static struct list *list_of(struct coder *c, uint32_t key)
{
	return &c->lists[key >> (HASH_BITS - LIST_BITS)];
}

/* Whether the symbol in a place of a list is it. */
static bool guess_one(struct coder *c, struct list *list, unsigned i, uint32_t *try,
		      uint32_t symbol)
{
	uint32_t of = list->symbols[i] >> STATE_BITS;
	uint32_t states[CONTEXTS] = {*try, list->places[i], list->symbols[i] % STATES};
	bool hit = decide(c, states, of == symbol + 1);

	*try = states[0];
	list->places[i] = states[1];
	list->symbols[i] = of << STATE_BITS | states[2];
	return hit;
}

bool coder_guess(struct coder *c, const struct coder_keys *keys, uint32_t *symbol)
{
	c->guess++;
	for (unsigned k = 0; k < CODER_KEYS; k++) {
		struct list *list = list_of(c, keys->keys[k]);

		for (unsigned i = 0; i < GUESSES && list->symbols[i] && !c->failed; i++) {
			uint32_t of = list->symbols[i] >> STATE_BITS;
			uint32_t *refused = &c->refused[of % REFUSED];

			if (*refused == c->guess)
				continue;
			*refused = c->guess;
			if (guess_one(c, list, i, &c->tries[k][i], *symbol)) {
				*symbol = of - 1;
				return true;
			}
		}
	}
	return false;
}

/* Puts a symbol in front of a list. */
static void put_first(struct list *list, uint32_t symbol)
{
	uint32_t moved = (symbol + 1) << STATE_BITS;

	for (unsigned i = 0; i < GUESSES; i++) {
		uint32_t here = list->symbols[i];

		list->symbols[i] = moved;
		moved = here;
		if (here >> STATE_BITS == (symbol + 1) % (1 << (32 - STATE_BITS))) {
			list->symbols[0] = here;
			return;
		}
		if (!here)
			return;
	}
}

void coder_learn(struct coder *c, const struct coder_keys *keys, uint32_t symbol)
{
	for (unsigned k = 0; k < CODER_KEYS; k++)
		put_first(list_of(c, keys->keys[k]), symbol);
}

void coder_end(struct coder *c, struct out *o)
{
	for (int i = 0; i < WINDOW; i++)
		put_digit(c);
	for (size_t i = 0; i < c->digits.n; i++)
		c->digits.items[i] = character_of((unsigned)c->digits.items[i]);
	out_write(o, c->digits.items, c->digits.n);
}

/* The digits that end it are where the range began. */
bool coder_is_complete(const struct coder *c)
{
	return !c->failed && c->at == c->size && !c->code;
}
