#include "base/deflate.h"

#include "base/mem.h"
#include "base/scoped.h"
#include "tests/test.h"

static const char text[] = "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbb";

/* 40 times "flame " and a NUL, by zlib. */
static const uint8_t zlib[] = {
	0x78, 0xda, 0x4b, 0xcb, 0x49, 0xcc, 0x4d, 0x55, 0x48,
	0x1b, 0x31, 0x24, 0x03, 0x00, 0xd5, 0xc1, 0x55, 0xc9,
};

static void unpacks_what_zlib_packs(void **state)
{
	enum { SIZE = 241 };
	scoped(mem_release) char *back =
		deflate_unpack(bytes_of(zlib, sizeof(zlib)), SIZE);

	(void)state;
	assert_non_null(back);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(back[i], i + 1 < SIZE ? "flame "[i % 6] : 0);
}

static void unpacks_what_it_packs(void **state)
{
	size_t size;
	scoped(mem_release) uint8_t *packed = deflate_pack(text, sizeof(text), &size);
	scoped(mem_release) char *back = NULL;

	(void)state;
	assert_non_null(packed);
	assert_true(size < sizeof(text));
	/* The header of RFC 1950: deflate, and a multiple of 31. */
	assert_int_equal(packed[0] & 15, 8);
	assert_int_equal((packed[0] << 8 | packed[1]) % 31, 0);
	back = deflate_unpack(bytes_of(packed, size), sizeof(text));
	assert_non_null(back);
	assert_string_equal(back, text);
}

static void incompressible_data_is_stored(void **state)
{
	size_t size;
	scoped(mem_release) uint8_t *packed = deflate_pack("abc", 3, &size);
	scoped(mem_release) char *back = deflate_unpack(bytes_of(packed, size), 3);
	scoped(mem_release) uint8_t *empty = NULL;

	(void)state;
	assert_true(size <= 3 + 11);
	assert_memory_equal(back, "abc", 3);
	empty = deflate_pack("", 0, &size);
	assert_true(size > 0);
}

static void refuses_damage_and_other_sizes(void **state)
{
	size_t size;
	scoped(mem_release) uint8_t *packed = deflate_pack(text, sizeof(text), &size);

	(void)state;
	assert_null(deflate_unpack(bytes_of(packed, size), sizeof(text) - 1));
	assert_null(deflate_unpack(bytes_of(packed, size), sizeof(text) + 1));
	assert_null(deflate_unpack(bytes_of(packed, size), SIZE_MAX / 2));
	assert_null(deflate_unpack(bytes_of(packed, size), 0));
	for (size_t i = 0; i < size; i++) {
		assert_null(deflate_unpack(bytes_of(packed, i), sizeof(text)));
		packed[i] ^= 1;
		assert_null(deflate_unpack(bytes_of(packed, size), sizeof(text)));
		packed[i] ^= 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unpacks_what_it_packs),
		cmocka_unit_test(unpacks_what_zlib_packs),
		cmocka_unit_test(incompressible_data_is_stored),
		cmocka_unit_test(refuses_damage_and_other_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
