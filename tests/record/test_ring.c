#include "record/ring.h"

#include "tests/test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1 << 16, RECORDS = 2000, LARGEST = SIZE / 2 };

/* A ring that is written to as the kernel does: record after record, around its end. */
struct writing {
	uint8_t *data;
	uint64_t at;
};

/* Bytes that no other record has in this order; where the record begins is returned. */
static const void *write_record(struct writing *w, size_t size, uint64_t seed)
{
	const void *start = w->data + w->at % SIZE;

	for (size_t i = 0; i < size; i++, w->at++)
		w->data[w->at % SIZE] = (uint8_t)((seed + i) * 2654435761U >> 24);
	return start;
}

static void check_record(const uint8_t *record, size_t size, uint64_t seed)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(record[i], (uint8_t)((seed + i) * 2654435761U >> 24));
}

static void every_record_is_whole(void **state)
{
	struct writing w = {.data = malloc(SIZE)};
	uint64_t seed = 7, around = 0;
	struct ring r;

	(void)state;
	ring_init(&r, SIZE);
	for (uint64_t i = 0; i < RECORDS; i++) {
		size_t size = 8 + 8 * random_below(&seed, LARGEST / 8);
		bool goes_around = w.at % SIZE + size > SIZE;
		const void *start = write_record(&w, size, i);
		/* The library returns only the first part of a record that wraps
		 * around. */
		const void *record = ring_record(&r, goes_around ? "cut" : start, size);

		check_record(record, size, i);
		assert_true(goes_around || record == start);
		around += goes_around;
	}
	assert_true(around > RECORDS / 10);
	ring_release(&r);
	free(w.data);
}

/* Its last byte is the ring's last one: there is nothing to put together. */
static void a_record_may_end_where_the_ring_ends(void **state)
{
	struct writing w = {.data = malloc(SIZE)};
	struct ring r;

	(void)state;
	ring_init(&r, SIZE);
	for (uint64_t i = 0; i < 6; i++) {
		const void *start = write_record(&w, SIZE / 2, i);

		assert_ptr_equal(ring_record(&r, start, SIZE / 2), start);
	}
	ring_release(&r);
	free(w.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_is_whole),
		cmocka_unit_test(a_record_may_end_where_the_ring_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
