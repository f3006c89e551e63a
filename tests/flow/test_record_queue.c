/* Records pass from one thread to another, in order and complete. */
#include "flow/live/record_queue.h"

#include "tests/test.h"

enum { RECORD_SIZE = 4096, ROUNDS = 200 };

struct record {
	uint64_t number;
	uint8_t rest[RECORD_SIZE - sizeof(uint64_t)];
};

/* A reader that finds 'per_round' records in each round. */
struct reader {
	struct record_queue queue;
	pthread_t thread;
	uint64_t per_round;
	uint64_t n; /* records added; read after the thread has ended */
};

static void *reader_main(void *data)
{
	struct reader *r = data;
	struct record record = {0};
	uint64_t last = 0;
	bool is_stopped = false;

	while (!is_stopped) {
		uint64_t round = record_queue_requested(&r->queue, &is_stopped);

		if (round == last)
			continue;
		last = round;
		for (uint64_t i = 0; i < r->per_round; i++) {
			record.number = r->n++;
			record_queue_add(&r->queue, &record, sizeof(record));
		}
		record_queue_finish(&r->queue, round);
	}
	return NULL;
}

static void reader_start(struct reader *r, uint64_t per_round)
{
	*r = (struct reader){.per_round = per_round};
	record_queue_init(&r->queue);
	assert_int_equal(pthread_create(&r->thread, NULL, reader_main, r), 0);
}

static void reader_stop(struct reader *r)
{
	record_queue_stop(&r->queue);
	pthread_join(r->thread, NULL);
}

/* Takes all records of a round; returns the number of the next one. */
static uint64_t round_take(struct reader *r, uint64_t next)
{
	uint64_t round = record_queue_request(&r->queue);
	struct bytes records;
	bool more;

	do {
		more = record_queue_take(&r->queue, round, &records);
		while (bytes_left(&records)) {
			struct record record;

			memcpy(&record, bytes_take(&records, sizeof(record)),
			       sizeof(record));
			assert_int_equal(record.number, next++);
		}
	} while (more);
	return next;
}

static void a_round_has_all_records_in_order(void **state)
{
	struct reader r;
	uint64_t next = 0;

	(void)state;
	reader_start(&r, 7);
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		next = round_take(&r, next);
		assert_int_equal(next, 7 * i);
	}
	reader_stop(&r);
	assert_int_equal(r.n, next);
	record_queue_release(&r.queue);
}

/* Three times of the room in one round: the reader waits for the writer. */
static void a_round_may_be_larger_than_the_queue(void **state)
{
	const uint64_t n = 3 * (RECORD_QUEUE_MAX / RECORD_SIZE);
	struct reader r;

	(void)state;
	reader_start(&r, n);
	assert_int_equal(round_take(&r, 0), n);
	reader_stop(&r);
	record_queue_release(&r.queue);
}

/* The writer has gone; a reader of a full queue must not wait for ever. */
static void a_stopped_queue_lets_the_reader_go_on(void **state)
{
	struct reader r;

	(void)state;
	reader_start(&r, 2 * (RECORD_QUEUE_MAX / RECORD_SIZE));
	record_queue_request(&r.queue);
	reader_stop(&r);
	assert_true(r.n == 0 || r.n == r.per_round);
	record_queue_release(&r.queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_has_all_records_in_order),
		cmocka_unit_test(a_round_may_be_larger_than_the_queue),
		cmocka_unit_test(a_stopped_queue_lets_the_reader_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
