#include "render/data/coder.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "tests/test.h"

#include <string.h>

static const struct coder_contexts plain = {.use = CODER_FIGURE};

/* What was written, read again. */
static struct coder *reader_of(struct coder **writer, struct out *o)
{
	coder_end(*writer, o);
	coder_free(writer);
	return coder_reader(out_data(o), out_pos(o));
}

static void numbers_come_back(void **state)
{
	static const uint64_t numbers[] = {0,	       1,	   2,
					   3,	       127,	   128,
					   255,	       65535,	   UINT32_MAX,
					   1ULL << 32, 1ULL << 53, UINT64_MAX / 2,
					   UINT64_MAX, UINT64_MAX, UINT64_MAX - 1,
					   0};
	scoped(coder_free) struct coder *w = coder_writer(), *r = NULL;
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	for (size_t i = 0; i < array_size(numbers); i++)
		assert_int_equal(coder_number(w, plain, numbers[i]), numbers[i]);
	r = reader_of(&w, o);
	assert_true(coder_is_reading(r));
	for (size_t i = 0; i < array_size(numbers); i++)
		assert_int_equal(coder_number(r, plain, 0), numbers[i]);
	assert_true(coder_is_complete(r));
}

/* Codes one of 16 symbols. */
static uint32_t code_symbol(struct coder *c, const struct coder_keys *keys,
			    uint32_t symbol)
{
	if (!coder_guess(c, keys, &symbol))
		symbol = (uint32_t)coder_bits(c, plain, 4, symbol);
	coder_learn(c, keys, symbol);
	return symbol;
}

/* Codes something in some contexts; whether it is what 'seed' says. */
static bool code_something(struct coder *c, uint64_t *seed)
{
	uint64_t what = random_below(seed, 5);
	uint64_t number = random_below(seed, 1 << 20) >> random_below(seed, 20);
	uint64_t given = coder_is_reading(c) ? 77 : number;
	const struct coder_contexts contexts = {
		(unsigned)random_below(seed, CODER_SIDES + 8),
		(uint32_t)random_below(seed, 3), (uint32_t)random_below(seed, 1000),
		(uint32_t)random_below(seed, UINT64_C(1) << 32)};
	const struct coder_keys keys = {{coder_mix(contexts.a, contexts.b), contexts.a}};

	switch (what) {
	case 0:
		return coder_bit(c, contexts, given % 2) == number % 2;
	case 1:
		return coder_bits(c, contexts, 20, given) == number;
	case 2:
		return coder_raw(c, (uint8_t)given) == (uint8_t)number;
	case 3:
		return code_symbol(c, &keys, given % 16) == number % 16;
	default:
		return coder_number(c, contexts, given) == number;
	}
}

static void whatever_is_written_is_read(void **state)
{
	scoped(coder_free) struct coder *w = coder_writer(), *r = NULL;
	scoped(out_free) struct out *o = out_memory();
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 200000; i++)
		assert_true(code_something(w, &seed));
	r = reader_of(&w, o);
	seed = 1;
	for (int i = 0; i < 200000; i++)
		assert_true(code_something(r, &seed));
	assert_true(coder_is_complete(r));
}

/* The characters that 'n' bits take that are set once in 'every'. */
static size_t size_of_bits(size_t n, size_t every)
{
	scoped(coder_free) struct coder *w = coder_writer();
	scoped(out_free) struct out *o = out_memory();

	for (size_t i = 0; i < n; i++)
		coder_bit(w, plain, i % every == every - 1);
	coder_end(w, o);
	return out_pos(o);
}

/* 91^2 characters carry 13 bits: 65536 bits that nobody knows are 10083 characters. */
static void what_is_likely_takes_little(void **state)
{
	scoped(coder_free) struct coder *w = coder_writer();
	scoped(out_free) struct out *o = out_memory();
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 65536; i++)
		coder_bit(w, plain, random_below(&seed, 2));
	coder_end(w, o);
	assert_in_range(out_pos(o), 10083, 11100);
	assert_in_range(size_of_bits(65536, 16), 65536 / 16 / 2, 65536 / 16);
	assert_in_range(size_of_bits(65536, 65536), 1, 60);
}

/* No digit is 91, however far a carry goes: all bits are the unlikely ones. */
static void carries_go_as_far_as_they_must(void **state)
{
	scoped(coder_free) struct coder *w = coder_writer(), *r = NULL;
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		coder_bit(w, (struct coder_contexts){0, i, i, i}, i % 999 == 0);
	r = reader_of(&w, o);
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(coder_bit(r, (struct coder_contexts){0, i, i, i}, true),
				 i % 999 == 0);
	assert_true(coder_is_complete(r));
}

static void only_characters_that_xml_lets_stand(void **state)
{
	scoped(coder_free) struct coder *w = coder_writer();
	scoped(out_free) struct out *o = out_memory();
	bool seen[256] = {false};
	uint64_t seed = 5;
	int n = 0;

	(void)state;
	for (int i = 0; i < 20000; i++)
		coder_bits(w, plain, 16, random_below(&seed, 65536));
	coder_end(w, o);
	for (size_t i = 0; i < out_pos(o); i++) {
		char c = out_data(o)[i];

		assert_true(c > ' ' && c <= '~' && c != '&' && c != '<' && c != '>');
		seen[(unsigned char)c] = true;
	}
	for (int i = 0; i < 256; i++)
		n += seen[i];
	assert_int_equal(n, 91);
}

static void damage_is_noticed(void **state)
{
	static const char text[] = "what is written is what is read";
	scoped(coder_free) struct coder *w = coder_writer();
	scoped(out_free) struct out *o = out_memory();
	scoped(mem_release) char *data = NULL;
	size_t size;

	(void)state;
	for (size_t i = 0; i < strlen(text); i++)
		coder_raw(w, (uint8_t)text[i]);
	coder_end(w, o);
	size = out_pos(o);
	data = mem_str(out_data(o), size);
	for (size_t i = 0; i <= size; i++) {
		scoped(coder_free) struct coder *r = NULL;

		if (i < size)
			data[i] = data[i] == 'z' ? 'y' : (char)(data[i] + 1);
		r = coder_reader(data, i < size ? size : size - 1);
		for (size_t k = 0; k < strlen(text); k++)
			coder_raw(r, 0);
		assert_false(coder_is_complete(r));
		data[i < size ? i : 0] = out_data(o)[i < size ? i : 0];
	}
}

static void what_has_failed_gives_nothing(void **state)
{
	scoped(coder_free) struct coder *r = coder_reader("<!!!!!", 6);
	uint32_t symbol = 5;

	(void)state;
	assert_true(coder_failed(r));
	assert_int_equal(coder_number(r, plain, 9), 0);
	assert_int_equal(coder_raw(r, 9), 0);
	assert_false(coder_bit(r, plain, true));
	assert_false(coder_guess(r, &(struct coder_keys){{0}}, &symbol));
	assert_false(coder_is_complete(r));
}

static void what_is_no_digit_is_refused(void **state)
{
	char text[] = "!!!!!";
	scoped(coder_free) struct coder *above = coder_reader("~~~~~", 5);

	(void)state;
	for (int c = 0; c < 256; c++) {
		scoped(coder_free) struct coder *r = NULL;

		text[4] = (char)c;
		r = coder_reader(text, 5);
		assert_int_equal(coder_failed(r),
				 c <= ' ' || c > '~' || strchr("&<>", c));
	}
	/* Behind the whole range. */
	assert_true(coder_failed(above));
}

/* Always at the end of the range, where no byte is: bits are 0 there. */
static void no_byte_is_behind_the_last(void **state)
{
	char text[40];
	uint32_t code = (1 << 29) - 1;
	scoped(coder_free) struct coder *r = NULL;

	(void)state;
	memset(text, '~', sizeof(text));
	for (int i = 4; i >= 0; i--, code /= 91) {
		char c = (char)('!' + code % 91);

		c += c >= '&';
		c += c >= '<';
		text[i] = (char)(c + (c >= '>'));
	}
	r = coder_reader(text, sizeof(text));
	for (int i = 0; i < 10; i++)
		assert_false(coder_bit(r, plain, true));
	assert_false(coder_failed(r));
	coder_raw(r, 0);
	assert_true(coder_failed(r));
}

static void no_more_than_can_be(void **state)
{
	scoped(coder_free) struct coder *r = coder_reader("!!!!!!!!!!", 10);

	(void)state;
	assert_true(coder_holds(r, 10 * 2048 / 8, 8));
	assert_false(coder_failed(r));
	assert_false(coder_holds(r, 10 * 2048 / 8 + 1, 8));
	assert_true(coder_failed(r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_back),
		cmocka_unit_test(whatever_is_written_is_read),
		cmocka_unit_test(what_is_likely_takes_little),
		cmocka_unit_test(carries_go_as_far_as_they_must),
		cmocka_unit_test(only_characters_that_xml_lets_stand),
		cmocka_unit_test(damage_is_noticed),
		cmocka_unit_test(what_has_failed_gives_nothing),
		cmocka_unit_test(what_is_no_digit_is_refused),
		cmocka_unit_test(no_byte_is_behind_the_last),
		cmocka_unit_test(no_more_than_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
