#include "render/varint.h"

#include "base/scoped.h"
#include "tests/test.h"

static void reads_what_it_writes(void **state)
{
	static const uint64_t numbers[] = {
		0,	   1, 127, 128, 300, 16383, 16384, UINT32_MAX, UINT64_MAX / 2,
		UINT64_MAX};
	scoped(out_free) struct out *o = out_memory();
	struct bytes b;

	(void)state;
	for (size_t i = 0; i < array_size(numbers); i++)
		varint_write(o, numbers[i]);
	b = bytes_of(out_data(o), out_tell(o));
	for (size_t i = 0; i < array_size(numbers); i++)
		assert_int_equal(varint_read(&b), numbers[i]);
	assert_false(b.failed);
	assert_int_equal(bytes_left(&b), 0);
	varint_read(&b);
	assert_true(b.failed);
}

static void the_least_bits_come_first(void **state)
{
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	varint_write(o, 300);
	assert_int_equal(out_tell(o), 2);
	assert_memory_equal(out_data(o), "\xac\x02", 2);
}

static void refuses_what_is_too_large_or_cut(void **state)
{
	static const char *const bad[] = {"\x80", "\xff\xff",
					  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
					  "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"};

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		struct bytes b = bytes_of(bad[i], strlen(bad[i]));

		varint_read(&b);
		assert_true(b.failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(the_least_bits_come_first),
		cmocka_unit_test(refuses_what_is_too_large_or_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
