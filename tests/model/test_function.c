#include "model/function.h"

#include "tests/test.h"

#include <string.h>

static frame_id frame(struct profile *p, const char *name, const char *object, int kind)
{
	return frame_add(&p->frames,
			 &(struct frame){.name = strtab_add(&p->strings, name),
					 .object = strtab_add(&p->strings, object),
					 .kind = (uint8_t)kind});
}

static const struct function *find(const struct profile *p,
				   const struct function_table *t, const char *name,
				   const char *object)
{
	const struct function *f;

	vec_each(f, &t->items)
		if (strcmp(strtab_str(&p->strings, f->name), name) == 0 &&
		    strcmp(strtab_str(&p->strings, f->object), object) == 0)
			return f;
	return NULL;
}

static node_id stack(struct profile *p, const char *text)
{
	node_id node = PROFILE_ROOT;

	for (; *text; text++) {
		char name[2] = {*text};

		node = profile_child(p, node, frame(p, name, "prog", FRAME_USER));
	}
	return node;
}

static void recursion_counts_once(void **state)
{
	struct function_table t;
	struct profile p;

	(void)state;
	profile_init(&p);
	profile_add(&p, stack(&p, "mfff"), 1, 10);
	profile_add(&p, stack(&p, "mfgf"), 2, 20);
	profile_add(&p, stack(&p, "mf"), 4, 40);
	profile_add(&p, stack(&p, "mg"), 8, 80);
	function_table_make(&t, &p);
	assert_int_equal(t.items.n, 3);
	assert_int_equal(find(&p, &t, "m", "prog")->total_count, 15);
	assert_int_equal(find(&p, &t, "m", "prog")->self_count, 0);
	assert_int_equal(find(&p, &t, "f", "prog")->total_count, 7);
	assert_int_equal(find(&p, &t, "f", "prog")->self_count, 7);
	assert_int_equal(find(&p, &t, "g", "prog")->total_count, 10);
	assert_int_equal(find(&p, &t, "g", "prog")->self_weight, 80);
	function_table_release(&t);
	profile_release(&p);
}

static void name_and_object_make_a_function(void **state)
{
	struct function_table t;
	struct profile p;
	frame_id inlined;

	(void)state;
	profile_init(&p);
	profile_add(&p, profile_child(&p, PROFILE_ROOT, frame(&p, "f", "a", FRAME_USER)),
		    1, 0);
	profile_add(&p, profile_child(&p, PROFILE_ROOT, frame(&p, "f", "b", FRAME_USER)),
		    2, 0);
	profile_add(&p, profile_child(&p, PROFILE_ROOT, frame(&p, "f", "a", FRAME_JIT)),
		    4, 0);
	inlined = frame_add(&p.frames,
			    &(struct frame){.name = strtab_add(&p.strings, "f"),
					    .object = strtab_add(&p.strings, "a"),
					    .kind = FRAME_USER,
					    .is_inlined = true});
	profile_add(&p, profile_child(&p, PROFILE_ROOT, inlined), 8, 0);
	function_table_make(&t, &p);
	assert_int_equal(t.items.n, 2);
	assert_int_equal(find(&p, &t, "f", "a")->total_count, 13);
	assert_int_equal(find(&p, &t, "f", "b")->total_count, 2);
	function_table_release(&t);
	profile_release(&p);
}

static void structure_is_no_function(void **state)
{
	struct function_table t;
	struct profile p;
	node_id root;

	(void)state;
	profile_init(&p);
	function_table_make(&t, &p);
	assert_int_equal(t.items.n, 0);
	function_table_release(&t);
	root = profile_child(&p, PROFILE_ROOT, frame(&p, "nginx", "", FRAME_ROOT));
	profile_add(&p, root, 1, 0);
	profile_add(&p, profile_child(&p, root, frame(&p, "f", "", FRAME_USER)), 2, 0);
	function_table_make(&t, &p);
	assert_int_equal(t.items.n, 1);
	assert_int_equal(t.items.items[0].total_count, 2);
	function_table_release(&t);
	profile_release(&p);
}

/* Random deep trees; every sample is counted by hand for each letter in its stack. */
static void equals_a_naive_count(void **state)
{
	enum { SAMPLES = 3000, LETTERS = 6 };
	uint64_t self[LETTERS] = {0}, total[LETTERS] = {0}, weight[LETTERS] = {0},
		 seed = 5;
	struct function_table t;
	struct profile p;

	(void)state;
	profile_init(&p);
	for (int i = 0; i < SAMPLES; i++) {
		uint64_t count = 1 + random_below(&seed, 3);
		size_t len = 1 + random_below(&seed, 30);
		char text[40] = "";

		for (size_t at = 0; at < len; at++)
			text[at] = (char)('a' + random_below(&seed, LETTERS));
		profile_add(&p, stack(&p, text), count, 7 * count);
		self[text[len - 1] - 'a'] += count;
		for (int c = 0; c < LETTERS; c++) {
			total[c] += strchr(text, 'a' + c) ? count : 0;
			weight[c] += strchr(text, 'a' + c) ? 7 * count : 0;
		}
	}
	function_table_make(&t, &p);
	assert_int_equal(t.items.n, LETTERS);
	for (int c = 0; c < LETTERS; c++) {
		const char name[2] = {(char)('a' + c)};
		const struct function *f = find(&p, &t, name, "prog");

		assert_int_equal(f->self_count, self[c]);
		assert_int_equal(f->total_count, total[c]);
		assert_int_equal(f->total_weight, weight[c]);
	}
	function_table_release(&t);
	profile_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recursion_counts_once),
		cmocka_unit_test(name_and_object_make_a_function),
		cmocka_unit_test(structure_is_no_function),
		cmocka_unit_test(equals_a_naive_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
