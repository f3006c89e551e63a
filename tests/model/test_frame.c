#include "model/frame.h"

#include "tests/test.h"

static void equal_frames_are_one(void **state)
{
	struct strtab strings;
	struct frame_table t;
	struct frame like[5];

	(void)state;
	strtab_init(&strings);
	frame_table_init(&t, &strings);
	for (int i = 0; i < 5; i++)
		like[i] = (struct frame){.name = strtab_add(&strings, "main"),
					 .object = strtab_add(&strings, "ls"),
					 .kind = FRAME_USER};
	like[1].name = strtab_add(&strings, "read");
	like[2].object = 0;
	like[3].kind = FRAME_LIBRARY;
	like[4].is_inlined = true;
	for (int round = 0; round < 2; round++)
		for (frame_id i = 0; i < 5; i++)
			assert_int_equal(frame_add(&t, &like[i]), i);
	assert_string_equal(frame_name(&t, 1), "read");
	assert_true(frame_at(&t, 4)->is_inlined);
	frame_table_release(&t);
	strtab_release(&strings);
}

static void every_kind_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a < FRAME_KINDS; a++) {
		assert_non_null(frame_kind_name(a));
		for (int b = 0; b < a; b++)
			assert_string_not_equal(frame_kind_name(a), frame_kind_name(b));
	}
	assert_string_equal(frame_kind_name(FRAME_KINDS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_frames_are_one),
		cmocka_unit_test(every_kind_has_a_word_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
