#include "elf/dwarf_units.h"

#include "base/mem.h"
#include "tests/test.h"

#include <string.h>

enum { UNIT = 12, ABBREV = 5, N_UNITS = 20000, N_ABBREVS = 120 };

/* Units of version 4 that share one table, and have the abbreviation 'code'. */
static bool check(size_t n_units, uint8_t code, uint64_t *memory)
{
	static const uint8_t unit[UNIT] = {8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 8};
	uint8_t *units = mem_new(n_units, UNIT);
	uint8_t abbrevs[N_ABBREVS * ABBREV + 1] = {0};
	bool is_good;

	for (size_t i = 0; i < n_units; i++) {
		memcpy(units + i * UNIT, unit, UNIT);
		units[i * UNIT + UNIT - 1] = code;
	}
	for (uint8_t i = 0; i < N_ABBREVS; i++)
		memcpy(abbrevs + i * ABBREV, (uint8_t[]){i + 1, 0x11, 0, 0, 0}, ABBREV);
	is_good = dwarf_units_check(bytes_of(units, n_units * UNIT),
				    bytes_of(abbrevs, sizeof(abbrevs)), memory);
	mem_free(units);
	return is_good;
}

static void test_shared_table(void **state)
{
	uint64_t memory, more;

	(void)state;
	assert_true(check(N_UNITS, 1, &memory));
	assert_true(memory >= N_UNITS * 200 && memory < N_UNITS * 1000);
	assert_true(check(N_UNITS / 100, N_ABBREVS, &more));
	assert_true(more > (uint64_t)N_UNITS / 100 * N_ABBREVS * 32);
	/* 20,000 times the last of them. */
	assert_false(check(N_UNITS, N_ABBREVS, &memory));
	assert_false(check(N_UNITS, N_ABBREVS + 1, &memory));
}

static void test_damaged(void **state)
{
	uint8_t bytes[64];
	uint64_t memory;

	(void)state;
	assert_true(dwarf_units_check(bytes_of(NULL, 0), bytes_of(NULL, 0), &memory));
	assert_int_equal(memory, 0);
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		memset(bytes, 0xff, sizeof(bytes));
		dwarf_units_check(bytes_of(bytes, size), bytes_of(bytes, size), &memory);
		memset(bytes, 1, sizeof(bytes));
		dwarf_units_check(bytes_of(bytes, size), bytes_of(bytes, size), &memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared_table),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
