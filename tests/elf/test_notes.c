#include "elf/notes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint32_t notes[] = {
	4, 5, 1, 0x00554e47, 0x03020100, 0x00000004, /* "GNU", another type, 5 bytes */
	4, 4, 3, 0x00554e47, 0xaabbccdd,	     /* the build id */
};

static void test_behind_another(void **state)
{
	struct build_id id;
	struct build_id want = build_id_of(&notes[10], 4);

	(void)state;
	assert_true(notes_build_id(bytes_of(notes, sizeof(notes)), 4, &id));
	assert_true(build_id_same(&id, &want));
	assert_int_equal(id.size, 4);
}

static void test_padded_to_eight(void **state)
{
	static const uint32_t wide[] = {4, 4, 5, 0x00554e47, 1, 0,
					4, 4, 3, 0x00554e47, 7, 0};
	struct build_id id;

	(void)state;
	assert_true(notes_build_id(bytes_of(wide, sizeof(wide)), 8, &id));
	assert_int_equal(id.data[0], 7);
	assert_false(notes_build_id(bytes_of(wide, 24), 8, &id));
}

static void test_other_byte_order(void **state)
{
	uint32_t swapped[5] = {0};
	struct bytes b = bytes_of(swapped, sizeof(swapped));
	struct build_id id;

	(void)state;
	memcpy(swapped, &notes[6], sizeof(swapped));
	for (int i = 0; i < 3; i++)
		swapped[i] = bswap_32(swapped[i]);
	b.swapped = true;
	assert_true(notes_build_id(b, 4, &id));
	assert_int_equal(id.data[0], 0xdd);
}

static void test_every_prefix(void **state)
{
	struct build_id id;

	(void)state;
	for (size_t n = 0; n < sizeof(notes); n++)
		assert_false(notes_build_id(bytes_of(notes, n), 4, &id));
}

static void test_wild_lengths(void **state)
{
	static const uint32_t wild[][5] = {
		{0xffffffff, 4, 3, 0x00554e47, 1},
		{4, 0xffffffff, 3, 0x00554e47, 1},
		{4, 0xfffffffe, 3, 0x00554e47, 1},
		{4, 0, 3, 0x00554e47, 1},
		{0, 0, 3, 0, 0},
	};
	struct build_id id;

	(void)state;
	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++)
		assert_false(notes_build_id(bytes_of(wild[i], sizeof(wild[i])), 4, &id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_behind_another),
		cmocka_unit_test(test_padded_to_eight),
		cmocka_unit_test(test_other_byte_order),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_wild_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
