#include "record/stack_budget.h"

#include "base/scoped.h"
#include "record/data/event_spec.h"
#include "tests/test.h"

#define GIB ((uint64_t)1 << 30)
#define MIB ((uint64_t)1 << 20)

static struct stack_budget budget(uint64_t frequency, uint64_t cpus, uint64_t memory)
{
	return (struct stack_budget){frequency, cpus, memory};
}

static uint32_t copy(uint64_t frequency, uint64_t cpus, uint64_t memory)
{
	struct stack_budget b = budget(frequency, cpus, memory);

	return stack_budget_copy(&b);
}

static size_t ring(uint64_t frequency, uint64_t cpus, uint64_t memory)
{
	struct stack_budget b = budget(frequency, cpus, memory);

	return stack_budget_ring(&b, stack_budget_copy(&b));
}

static void whole_at_ordinary_rates(void **state)
{
	static const uint64_t cpus[] = {1, 2, 8, 64, 256}, rates[] = {1, 49, 99};

	(void)state;
	for (size_t i = 0; i < array_size(cpus); i++)
		for (size_t k = 0; k < array_size(rates); k++)
			assert_int_equal(copy(rates[k], cpus[i], cpus[i] * GIB),
					 STACK_SIZE_MOST);
	assert_int_equal(copy(999, 2, 24 * GIB), STACK_SIZE_MOST);
	assert_int_equal(copy(1000, 32, 256 * GIB), STACK_SIZE_MOST);
	/* A small virtual machine. */
	assert_int_equal(copy(99, 1, 512 * MIB), STACK_SIZE_MOST);
}

/* 65,528,000 bytes/s, or 16,384 bytes a sample. */
static void less_where_a_cpu_copies_too_much(void **state)
{
	(void)state;
	assert_int_equal(copy(1001, 2, 24 * GIB), 65456);
	assert_int_equal(copy(1999, 2, 24 * GIB), 32776);
	assert_int_equal(copy(3999, 2, 24 * GIB), 16384);
	assert_int_equal(copy(4999, 2, 24 * GIB), 16384);
	assert_int_equal(copy(9999, 2, 24 * GIB), 16384);
	assert_int_equal(copy(19999, 2, 24 * GIB), 16384);
}

/* 2 GiB/s. */
static void less_where_the_machine_copies_too_much(void **state)
{
	(void)state;
	assert_int_equal(copy(99, 331, 1024 * GIB), STACK_SIZE_MOST);
	assert_int_equal(copy(99, 332, 1024 * GIB), 65336);
	assert_int_equal(copy(499, 256, 1024 * GIB), 16808);
	assert_int_equal(copy(999, 256, 1024 * GIB), 8392);
	assert_int_equal(copy(9999, 256, 1024 * GIB), 832);
	assert_int_equal(copy(100000, 4096, 1024 * GIB), STACK_SIZE_LEAST);
}

static void sizes_are_possible(void **state)
{
	(void)state;
	for (uint64_t cpus = 1; cpus <= 4096; cpus = cpus * 2 + 1)
		for (uint64_t f = 1; f <= 4000000000; f = f * 3 / 2 + 1)
			for (uint64_t memory = 64 * MIB; memory <= 4096 * GIB;
			     memory *= 8) {
				uint32_t size = copy(f, cpus, memory);
				size_t r = ring(f, cpus, memory);

				assert_int_equal(size % 8, 0);
				assert_in_range(size, STACK_SIZE_LEAST, STACK_SIZE_MOST);
				assert_in_range(r, 512 << 10, 64 << 20);
				assert_int_equal(r & (r - 1), 0);
				if (r > 512 << 10)
					assert_in_range(r * cpus, r, 2 * GIB);
				if (r > 512 << 10)
					assert_in_range(r * cpus, r, memory / 16);
			}
}

static void rings_hold_a_second(void **state)
{
	(void)state;
	assert_int_equal(ring(99, 2, 24 * GIB), 8 * MIB);
	assert_int_equal(ring(999, 2, 24 * GIB), 64 * MIB);
	assert_int_equal(ring(9999, 2, 24 * GIB), 64 * MIB);
	/* 2 GiB in all, or less of a small machine. */
	assert_int_equal(ring(99, 256, 1024 * GIB), 8 * MIB);
	assert_int_equal(ring(999, 256, 1024 * GIB), 8 * MIB);
	assert_int_equal(ring(999, 4, 1 * GIB), 16 * MIB);
	/* Without copies. */
	assert_int_equal(stack_budget_ring(&(struct stack_budget){99, 2, 24 * GIB}, 0),
			 512 << 10);
	assert_int_equal(stack_budget_ring(&(struct stack_budget){9999, 2, 24 * GIB}, 0),
			 8 * MIB);
}

static void a_copy_fits_into_its_ring(void **state)
{
	(void)state;
	assert_int_equal(stack_budget_fit(99, 4 * MIB), STACK_SIZE_MOST);
	assert_int_equal(stack_budget_fit(99, 256 << 10), 9384);
	/* The samples of 250 ms would be too small: then 32 of them, but not beyond
	 * 16,384. */
	assert_int_equal(stack_budget_fit(999, 4 * MIB), 16384);
	assert_int_equal(stack_budget_fit(999, 256 << 10), 6992);
	assert_int_equal(stack_budget_fit(9999, 256 << 10), 6992);
	assert_int_equal(stack_budget_fit(UINT64_MAX, 16 << 10), STACK_SIZE_LEAST);
}

/* perf_event_mlock_kb, for each CPU, and RLIMIT_MEMLOCK once. */
static void rings_and_copies_shrink(void **state)
{
	struct stack_budget b = budget(99, 2, 24 * GIB);
	struct stack_rings r = stack_budget_rings(&b, STACK_SIZE_MOST, 0);

	(void)state;
	assert_int_equal(r.samples, 8 * MIB);
	assert_int_equal(r.side_band, 256 << 10);
	assert_int_equal(r.copy, STACK_SIZE_MOST);
	r = stack_budget_rings(&b, STACK_SIZE_MOST, 1);
	assert_int_equal(r.samples, 4 * MIB);
	assert_int_equal(r.side_band, 256 << 10);
	assert_int_equal(r.copy, STACK_SIZE_MOST);
	r = stack_budget_rings(&b, STACK_SIZE_MOST, STACK_RINGS_HALVINGS);
	assert_int_equal(r.samples, 256 << 10);
	assert_int_equal(r.side_band, 16 << 10);
	assert_int_equal(r.copy, 9384);
	r = stack_budget_rings(&b, 0, 1);
	assert_int_equal(r.samples, 256 << 10);
	assert_int_equal(r.side_band, 128 << 10);
	assert_int_equal(r.copy, 0);
	r = stack_budget_rings(&b, 0, STACK_RINGS_HALVINGS);
	assert_int_equal(r.samples, 16 << 10);
}

static void what_waits_is_bounded(void **state)
{
	struct stack_budget b = budget(99, 2, 24 * GIB);

	(void)state;
	assert_int_equal(stack_budget_waiting(&b, STACK_SIZE_MOST), 128 * MIB);
	b.frequency = 999;
	assert_int_equal(stack_budget_waiting(&b, STACK_SIZE_MOST), 2 * 2 * 999 * 66040);
	b.memory = 512 * MIB;
	assert_int_equal(stack_budget_waiting(&b, STACK_SIZE_MOST), 128 * MIB);
	b = budget(99, 256, 32 * GIB);
	assert_int_equal(stack_budget_waiting(&b, STACK_SIZE_MOST), 2 * GIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_at_ordinary_rates),
		cmocka_unit_test(less_where_a_cpu_copies_too_much),
		cmocka_unit_test(less_where_the_machine_copies_too_much),
		cmocka_unit_test(sizes_are_possible),
		cmocka_unit_test(rings_hold_a_second),
		cmocka_unit_test(a_copy_fits_into_its_ring),
		cmocka_unit_test(rings_and_copies_shrink),
		cmocka_unit_test(what_waits_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
