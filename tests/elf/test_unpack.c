#include "base/mem.h"
#include "base/scoped.h"
#include "elf/unpack.h"
#include "tests/test.h"

#include <string.h>

/* 40 times "flame " and a NUL, by "xz -6" and by "zstd". */
static const uint8_t xz[] = {
	0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46,
	0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3,
	0xe0, 0x00, 0xf0, 0x00, 0x0e, 0x5d, 0x00, 0x33, 0x1b, 0x08, 0x47, 0xdb,
	0x72, 0xa8, 0x47, 0x3e, 0xe4, 0x34, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x36, 0x3e, 0x02, 0x82, 0xf4, 0xbf, 0x2a, 0xe6, 0x00, 0x01, 0x2a, 0xf1,
	0x01, 0x00, 0x00, 0x00, 0x05, 0xec, 0x8a, 0xa8, 0xb1, 0xc4, 0x67, 0xfb,
	0x02, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
};
static const uint8_t zstd[] = {
	0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x75, 0x00, 0x00,
	0x38, 0x66, 0x6c, 0x61, 0x6d, 0x65, 0x20, 0x00, 0x01,
	0x00, 0xe7, 0x50, 0xa5, 0x08, 0xc7, 0x2b, 0x88, 0xee,
};

static const size_t n_text = 241;

static void expect_text(const void *text)
{
	assert_non_null(text);
	for (size_t i = 0; i < n_text; i++)
		assert_int_equal(((const char *)text)[i],
				 i + 1 < n_text ? "flame "[i % 6] : 0);
}

static void test_xz(void **state)
{
	size_t size = 0;
	scoped(mem_release) void *text =
		unpack_xz(bytes_of(xz, sizeof(xz)), n_text, &size);

	(void)state;
	expect_text(text);
	assert_int_equal(size, n_text);
	assert_null(unpack_xz(bytes_of(xz, sizeof(xz)), n_text - 1, &size));
	assert_null(unpack_xz(bytes_of(xz, sizeof(xz)), 0, &size));
}

static void test_zstd(void **state)
{
	scoped(mem_release) void *text =
		unpack_zstd(bytes_of(zstd, sizeof(zstd)), n_text);

	(void)state;
	expect_text(text);
	assert_null(unpack_zstd(bytes_of(zstd, sizeof(zstd)), n_text - 1));
	assert_null(unpack_zstd(bytes_of(zstd, sizeof(zstd)), n_text + 1));
	assert_null(unpack_zstd(bytes_of(zstd, sizeof(zstd)), 0));
	/* More than there could be in so little is not even allocated. */
	assert_null(unpack_zstd(bytes_of(zstd, sizeof(zstd)), SIZE_MAX / 2));
}

static void test_cut_short(void **state)
{
	size_t size;

	(void)state;
	for (size_t n = 0; n < sizeof(xz); n++)
		assert_null(unpack_xz(bytes_of(xz, n), 1 << 20, &size));
	for (size_t n = 0; n < sizeof(zstd); n++)
		assert_null(unpack_zstd(bytes_of(zstd, n), n_text));
}

static void test_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(xz); i++) {
		uint8_t bad[sizeof(xz)];
		size_t size = 0;
		scoped(mem_release) void *text = NULL;

		memcpy(bad, xz, sizeof(xz));
		bad[i] ^= 0x41;
		text = unpack_xz(bytes_of(bad, sizeof(bad)), 1 << 20, &size);
		assert_true(!text || size <= 1 << 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xz),
		cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
