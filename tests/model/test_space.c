#include "model/space.h"

#include "base/scoped.h"
#include "tests/test.h"

#include <stdbool.h>

static void map(struct space_table *t, space_id space, uint64_t start, uint64_t end,
		uint64_t from, dso_id dso)
{
	space_map(
		t, space,
		&(struct mapping){.start = start, .end = end, .from = from, .dso = dso});
}

static dso_id at(struct space_table *t, space_id space, uint64_t addr, uint64_t time)
{
	const struct mapping *m = space_find(t, space, addr, time);

	return m ? m->dso : DSO_NONE;
}

static void holds_its_start_but_not_its_end(void **state)
{
	struct space_table t = {0};
	space_id sp = space_new(&t, SPACE_NONE);

	(void)state;
	map(&t, sp, 100, 200, 1, 1);
	map(&t, sp, 200, 300, 1, 2);
	assert_int_equal(at(&t, sp, 99, 5), DSO_NONE);
	assert_int_equal(at(&t, sp, 100, 5), 1);
	assert_int_equal(at(&t, sp, 199, 5), 1);
	assert_int_equal(at(&t, sp, 200, 5), 2);
	assert_int_equal(at(&t, sp, 300, 5), DSO_NONE);
	assert_int_equal(at(&t, SPACE_NONE, 100, 5), DSO_NONE);
	space_table_release(&t);
}

static void the_last_byte_can_be_mapped(void **state)
{
	struct space_table t = {0};
	space_id sp = space_new(&t, SPACE_NONE);

	(void)state;
	map(&t, sp, UINT64_MAX - 10, UINT64_MAX, 1, 1);
	assert_int_equal(at(&t, sp, UINT64_MAX - 1, 5), 1);
	assert_int_equal(at(&t, sp, UINT64_MAX, 5), DSO_NONE);
	space_table_release(&t);
}

static void empty_and_wrapping_ones_are_ignored(void **state)
{
	struct space_table t = {0};
	space_id sp = space_new(&t, SPACE_NONE);

	(void)state;
	map(&t, sp, 100, 100, 1, 1);
	map(&t, sp, 200, 100, 1, 2);
	assert_int_equal(at(&t, sp, 100, 5), DSO_NONE);
	assert_int_equal(at(&t, sp, 150, 5), DSO_NONE);
	space_table_release(&t);
}

/* As ld.so does: the whole file first, then its data over the middle of it. */
static void a_later_one_splits_an_older_one(void **state)
{
	struct space_table t = {0};
	space_id sp = space_new(&t, SPACE_NONE);

	(void)state;
	map(&t, sp, 100, 500, 10, 1);
	map(&t, sp, 200, 300, 20, 2);
	assert_int_equal(at(&t, sp, 250, 15), 1);
	assert_int_equal(at(&t, sp, 250, 20), 2);
	assert_int_equal(at(&t, sp, 150, 25), 1);
	assert_int_equal(at(&t, sp, 300, 25), 1);
	assert_int_equal(at(&t, sp, 499, 25), 1);
	/* More after the first look-up. */
	map(&t, sp, 250, 260, 30, 3);
	assert_int_equal(at(&t, sp, 255, 29), 2);
	assert_int_equal(at(&t, sp, 255, 30), 3);
	space_table_release(&t);
}

static void a_late_record_still_counts(void **state)
{
	struct space_table t = {0};
	space_id sp = space_new(&t, SPACE_NONE);

	(void)state;
	map(&t, sp, 100, 200, 10, 1);
	map(&t, sp, 150, 300, 20, 2);
	assert_int_equal(at(&t, sp, 120, 3), 1);
	assert_int_equal(at(&t, sp, 160, 3), 1);
	assert_int_equal(at(&t, sp, 250, 3), 2);
	space_table_release(&t);
}

static void a_fork_shares_what_was_there(void **state)
{
	struct space_table t = {0};
	space_id parent = space_new(&t, SPACE_NONE), child;

	(void)state;
	map(&t, parent, 100, 200, 10, 1);
	child = space_new(&t, parent);
	map(&t, parent, 100, 200, 30, 2);
	map(&t, parent, 300, 400, 30, 3);
	assert_int_equal(at(&t, child, 150, 25), 1);
	assert_int_equal(at(&t, child, 150, 40), 1);
	assert_int_equal(at(&t, parent, 150, 40), 2);
	/* Later mappings of the parent never belong to the child. */
	assert_int_equal(at(&t, child, 350, 40), DSO_NONE);
	assert_int_equal(at(&t, child, 350, 15), DSO_NONE);
	map(&t, child, 150, 160, 50, 4);
	assert_int_equal(at(&t, child, 155, 50), 4);
	assert_int_equal(at(&t, child, 165, 50), 1);
	assert_int_equal(at(&t, parent, 155, 60), 2);
	space_table_release(&t);
}

static void forks_of_forks_of_forks(void **state)
{
	enum { DEPTH = 60 };
	struct space_table t = {0};
	space_id sp[DEPTH];

	(void)state;
	/* In the order of the times, as process_apply() gets its events. */
	for (uint32_t i = 0; i < DEPTH; i++) {
		sp[i] = space_new(&t, i ? sp[i - 1] : SPACE_NONE);
		/* Each maps a page of its own and, every other one, the common page. */
		map(&t, sp[i], 1000 + i, 1001 + i, 10 * i + 1, i);
		if (i % 2)
			map(&t, sp[i], 500, 600, 10 * i + 2, 100 + i);
		/* Too late for this one. */
		if (i)
			map(&t, sp[i - 1], 4999 + i, 5000 + i, 10 * i + 5, i - 1);
	}
	for (uint32_t i = 0; i < DEPTH; i++) {
		for (uint32_t k = 0; k <= i; k++)
			assert_int_equal(at(&t, sp[i], 1000 + k, 10000), k);
		for (uint32_t k = i + 1; k < DEPTH; k++)
			assert_int_equal(at(&t, sp[i], 1000 + k, 10000), DSO_NONE);
		assert_int_equal(at(&t, sp[i], 500, 10000),
				 i ? 100 + (i % 2 ? i : i - 1) : DSO_NONE);
		if (i)
			assert_int_equal(at(&t, sp[i], 5000 + i - 1, 10000), DSO_NONE);
	}
	space_table_release(&t);
}

/* Chains of shells that only fork share all mappings. */
static void forks_that_map_nothing_share_all(void **state)
{
	struct space_table t = {0};
	space_id sp = space_new(&t, SPACE_NONE), first = sp;

	(void)state;
	map(&t, first, 100, 200, 1, 1);
	for (uint64_t i = 0; i < 1000; i++)
		sp = space_new(&t, sp);
	assert_int_equal(t.pool.used, 1);
	map(&t, first, 100, 200, 5000, 2);
	assert_int_equal(at(&t, sp, 150, 6000), 1);
	assert_int_equal(at(&t, first, 150, 6000), 2);
	space_table_release(&t);
}

/* The same by the plainest means: every space has a copy of all it ever saw. */
struct naive_map {
	struct mapping map;
	bool inherited;
};

struct naive {
	VEC(struct naive_map) maps;
};

static dso_id naive_at(const struct naive *n, uint64_t addr, uint64_t time)
{
	const struct naive_map *late = NULL;

	for (size_t i = n->maps.n; i--;) {
		const struct naive_map *m = &n->maps.items[i];

		if (addr < m->map.start || addr >= m->map.end)
			continue;
		if (m->inherited || m->map.from <= time)
			return m->map.dso;
		late = m;
	}
	return late ? late->map.dso : DSO_NONE;
}

enum { SPACES = 40, OPERATIONS = 300, ADDRS = 200 };

struct history {
	struct space_table real;
	struct naive naive[SPACES];
	uint64_t end;
	uint32_t n;
};

static void live(struct history *h, uint64_t *seed)
{
	for (dso_id op = 0; op < OPERATIONS; op++) {
		uint64_t what = random_below(seed, 40), start = random_below(seed, ADDRS);
		uint64_t len = random_below(seed, what < 20 ? 10 : 100);
		/* The youngest lives most: deep chains of forks that all map
		 * something. */
		bool young = random_below(seed, 2);
		uint32_t which = !h->n	 ? 0
				 : young ? h->n - 1
					 : (uint32_t)random_below(seed, h->n);
		struct mapping m = {start, start + len, 0, ++h->end, op};
		struct naive_map *it;

		if (!h->n || (what == 0 && h->n < SPACES)) {
			assert_int_equal(space_new(&h->real, SPACE_NONE), h->n++);
		} else if (what <= 5 && h->n < SPACES) {
			assert_int_equal(space_new(&h->real, which), h->n);
			vec_each(it, &h->naive[which].maps) {
				vec_push(&h->naive[h->n].maps, *it);
				vec_last(&h->naive[h->n].maps)->inherited = true;
			}
			h->n++;
		} else {
			space_map(&h->real, which, &m);
			vec_push(&h->naive[which].maps, ((struct naive_map){m, false}));
		}
		/* The index is made anew in the middle of it all. */
		if (op % 16 == 0)
			assert_int_equal(at(&h->real, which, start, h->end),
					 naive_at(&h->naive[which], start, h->end));
	}
}

/* The epoch at 'time', which is that of its whole range and of no time beside it. */
static uint32_t epoch_at(const struct space_table *t, uint32_t space, uint64_t time)
{
	uint64_t from = 0, until = UINT64_MAX, all = 0, ever = UINT64_MAX;
	uint32_t epoch = space_epoch(t, space, time, &from, &until);

	assert_true(from <= time && time < until);
	assert_int_equal(space_epoch(t, space, from, &all, &ever), epoch);
	assert_int_equal(space_epoch(t, space, until - 1, &all, &ever), epoch);
	if (from)
		assert_int_not_equal(space_epoch(t, space, from - 1, &all, &ever), epoch);
	if (until != UINT64_MAX)
		assert_int_not_equal(space_epoch(t, space, until, &all, &ever), epoch);
	return epoch;
}

/* All addresses of the range around one have its mapping. */
static void check_around(struct history *h, uint32_t space, uint64_t addr, uint64_t time)
{
	uint64_t from, until;
	const struct mapping *m =
		space_find_around(&h->real, space, addr, time, &from, &until);

	assert_true(from <= addr && addr < until);
	assert_ptr_equal(m, space_find(&h->real, space, addr, time));
	for (uint64_t other = from; other < until && other < ADDRS + 50; other++)
		assert_ptr_equal(m, space_find(&h->real, space, other, time));
}

static void random_histories_agree_with_a_naive_model(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 60; round++) {
		struct history h = {0};

		live(&h, &seed);
		for (int i = 0; i < 3000; i++) {
			uint32_t which = (uint32_t)random_below(&seed, h.n);
			uint64_t addr = random_below(&seed, ADDRS + 50);
			uint64_t time = random_below(&seed, h.end + 2);
			uint64_t other = random_below(&seed, h.end + 2);
			dso_id found = at(&h.real, which, addr, time);

			assert_int_equal(found, naive_at(&h.naive[which], addr, time));
			if (i % 16 == 0)
				check_around(&h, which, addr, time);
			/* Times of one epoch have one answer. */
			if (epoch_at(&h.real, which, time) ==
			    epoch_at(&h.real, which, other))
				assert_int_equal(found, at(&h.real, which, addr, other));
		}
		for (uint32_t i = 0; i < h.n; i++)
			vec_release(&h.naive[i].maps);
		space_table_release(&h.real);
	}
}

static void changes_that_no_mapping_tells(void **state)
{
	static const uint64_t first[] = {5, 20, 40}, then[] = {1, 10, 20, 50};
	static const uint64_t all[] = {1, 5, 10, 10, 20, 20, 30, 40, 50};
	struct space_table t = {0};
	space_id sp = space_new(&t, SPACE_NONE);

	(void)state;
	map(&t, sp, 100, 200, 1, 1);
	map(&t, sp, 100, 200, 10, 2);
	map(&t, sp, 100, 200, 30, 3);
	space_changed(&t, sp, first, 3);
	space_changed(&t, sp, first, 0);
	space_changed(&t, sp, then, 4);
	for (uint32_t i = 0; i < array_size(all); i++)
		if (i + 1 == array_size(all) || all[i + 1] != all[i])
			assert_int_equal(epoch_at(&t, sp, all[i]), i + 1);
	assert_int_equal(at(&t, sp, 100, 45), 3);
	space_table_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_its_start_but_not_its_end),
		cmocka_unit_test(the_last_byte_can_be_mapped),
		cmocka_unit_test(empty_and_wrapping_ones_are_ignored),
		cmocka_unit_test(a_later_one_splits_an_older_one),
		cmocka_unit_test(a_late_record_still_counts),
		cmocka_unit_test(a_fork_shares_what_was_there),
		cmocka_unit_test(forks_of_forks_of_forks),
		cmocka_unit_test(forks_that_map_nothing_share_all),
		cmocka_unit_test(changes_that_no_mapping_tells),
		cmocka_unit_test(random_histories_agree_with_a_naive_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
