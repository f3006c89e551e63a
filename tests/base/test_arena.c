#include "base/arena.h"

#include "tests/test.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

static void pieces_do_not_overlap(void **state)
{
	enum { N = 3000 };
	static const size_t sizes[] = {1,     7, 16, 100, 5000, 64 * 1024, 64 * 1024 + 1,
				       300000};
	struct arena a = {0};
	unsigned char *piece[N];
	uint64_t seed = 1;
	size_t size[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		size[i] = sizes[random_below(&seed, i % 100 ? 4 : 8)];
		piece[i] = arena_take(&a, size[i]);
		assert_int_equal((uintptr_t)piece[i] % alignof(max_align_t), 0);
		memset(piece[i], i & 0xff, size[i]);
	}
	for (int i = 0; i < N; i++)
		for (size_t at = 0; at < size[i]; at++)
			if (piece[i][at] != (i & 0xff))
				fail_msg("piece %d was overwritten at %zu", i, at);
	arena_release(&a);
}

static void strings_are_copied(void **state)
{
	struct arena a = {0};
	char text[] = "inet_hash_connect";
	char *copy = arena_str(&a, text, 4), *all = arena_str(&a, text, strlen(text));
	char *empty = arena_str(&a, text, 0);
	void *aligned = arena_take(&a, 8);

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(copy, "inet");
	assert_string_equal(all, "inet_hash_connect");
	assert_string_equal(empty, "");
	assert_int_equal((uintptr_t)aligned % alignof(max_align_t), 0);
	arena_release(&a);
}

static void lives_again_after_release(void **state)
{
	struct arena a = {0};

	(void)state;
	arena_release(&a);
	arena_take(&a, 10);
	arena_release(&a);
	assert_string_equal(arena_str(&a, "abc", 3), "abc");
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(lives_again_after_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
