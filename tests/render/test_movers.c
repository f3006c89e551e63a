#include "render/movers.h"

#include "base/scoped.h"
#include "tests/render/stacks.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct comparison c;
	struct layout l;
	struct movers m;
};

/* Stacks as stacks_add() has them, with "before after" as their numbers. */
static void compare(struct fixture *f, const char *const *lines)
{
	char text[256];

	*f = (struct fixture){0};
	comparison_init(&f->c);
	for (; *lines; lines++) {
		double value[SIDES];
		size_t last;

		assert_int_equal(sscanf(strrchr(*lines, ' '), "%lf", &value[AFTER]), 1);
		snprintf(text, sizeof(text), "%.*s", (int)(strrchr(*lines, ' ') - *lines),
			 *lines);
		value[BEFORE] = strtod(strrchr(text, ' '), NULL);
		*strrchr(text, ' ') = '\0';
		strcat(text, " 1");
		stacks_add(&f->c.profile, text, 0);
		while (f->c.nodes.n < f->c.profile.nodes.n)
			vec_add(&f->c.nodes);
		last = f->c.profile.nodes.n - 1;
		f->c.nodes.items[last].self.delta = value[AFTER] - value[BEFORE];
	}
	layout_make(&f->l, &f->c.profile);
}

/* A function of that name with a changed total. */
static void add_function(struct fixture *f, const char *name, double delta,
			 uint32_t through)
{
	struct function_change *change = vec_add(&f->c.functions);

	change->frame = UINT32_MAX;
	for (frame_id i = 0; i < f->c.profile.frames.items.n; i++)
		if (strcmp(frame_name(&f->c.profile.frames, i), name) == 0)
			change->frame = i;
	assert_int_not_equal(change->frame, UINT32_MAX);
	change->through = through;
	change->total.delta = delta;
	change->total.verdict = delta > 0 ? VERDICT_MORE : VERDICT_LESS;
}

static void find(struct fixture *f)
{
	movers_find(&f->m, &f->c, &f->l);
}

static void assert_mover(const struct fixture *f, size_t i, const char *name)
{
	assert_true(i < f->m.n);
	assert_string_equal(frame_name(&f->c.profile.frames, f->m.items[i]->frame), name);
}

static void release(struct fixture *f)
{
	layout_release(&f->l);
	comparison_release(&f->c);
}

static void one_change_precedes_a_mixture(void **state)
{
	static const char *const lines[] = {"p;all;search 50 2", "p;all;send 1 52",
					    "p;all;close 1 51", NULL};
	struct fixture f;

	(void)state;
	compare(&f, lines);
	add_function(&f, "all", 53, FUNCTION_NONE);
	add_function(&f, "search", -48, FUNCTION_NONE);
	add_function(&f, "send", 51, FUNCTION_NONE);
	add_function(&f, "close", 50, FUNCTION_NONE);
	find(&f);
	assert_int_equal(f.m.n, 3);
	assert_mover(&f, 0, "send");
	assert_mover(&f, 1, "close");
	assert_mover(&f, 2, "search");
	release(&f);
}

static void callers_and_callees_are_not_repeated(void **state)
{
	static const char *const lines[] = {"p;main;hot;inner 9 49",
					    "p;main;hot;other 0 5", "p;main;cold 20 10",
					    NULL};
	struct fixture f;

	(void)state;
	compare(&f, lines);
	add_function(&f, "hot", 45, FUNCTION_NONE);
	add_function(&f, "inner", 40, FUNCTION_NONE);
	add_function(&f, "main", 35, FUNCTION_NONE);
	add_function(&f, "cold", -10, FUNCTION_NONE);
	find(&f);
	/* Not 'inner', nor 'main', whose change is that of both with another sign. */
	assert_int_equal(f.m.n, 2);
	assert_mover(&f, 0, "hot");
	assert_mover(&f, 1, "cold");
	release(&f);
}

/* Most of g's change is in the stacks of 'hot'. */
static void less_than_half_of_a_change_is_left_out(void **state)
{
	static const char *const lines[] = {"p;hot;x 0 50", "p;hot;g 0 60", "p;g 0 40",
					    NULL};
	struct fixture f;

	(void)state;
	compare(&f, lines);
	add_function(&f, "hot", 110, FUNCTION_NONE);
	add_function(&f, "g", 100, FUNCTION_NONE);
	find(&f);
	assert_int_equal(f.m.n, 1);
	assert_mover(&f, 0, "hot");
	release(&f);
}

static void recursion_counts_once(void **state)
{
	static const char *const lines[] = {"p;deep;deep;deep;x 0 10", "p;flat 0 15",
					    NULL};
	struct fixture f;

	(void)state;
	compare(&f, lines);
	add_function(&f, "deep", 10, FUNCTION_NONE);
	add_function(&f, "flat", 15, FUNCTION_NONE);
	find(&f);
	assert_mover(&f, 0, "flat");
	assert_mover(&f, 1, "deep");
	release(&f);
}

static void mere_callers_and_doors_explain_nothing(void **state)
{
	static const char *const lines[] = {
		"p;[unknown];do_syscall_64_[k];__x64_sys_read_[k];work_[k] 0 9", NULL};
	struct fixture f;

	(void)state;
	compare(&f, lines);
	add_function(&f, "[unknown]", 9, FUNCTION_NONE);
	add_function(&f, "do_syscall_64", 9, FUNCTION_NONE);
	add_function(&f, "__x64_sys_read", 9, FUNCTION_NONE);
	find(&f);
	assert_int_equal(f.m.n, 0);
	add_function(&f, "work", 9, 0);
	find(&f);
	assert_int_equal(f.m.n, 0);
	f.c.functions.items[3].through = FUNCTION_NONE;
	find(&f);
	assert_mover(&f, 0, "work");
	f.c.functions.items[3].total.verdict = VERDICT_NONE;
	find(&f);
	assert_int_equal(f.m.n, 0);
	release(&f);
}

static void little_beside_the_first_is_left_out(void **state)
{
	static const char *const lines[] = {"p;a 0 100", "p;b 0 6", "p;c 0 4", NULL};
	struct fixture f;

	(void)state;
	compare(&f, lines);
	add_function(&f, "a", 100, FUNCTION_NONE);
	add_function(&f, "b", 6, FUNCTION_NONE);
	add_function(&f, "c", 4, FUNCTION_NONE);
	find(&f);
	assert_int_equal(f.m.n, 2);
	assert_mover(&f, 1, "b");
	release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_change_precedes_a_mixture),
		cmocka_unit_test(callers_and_callees_are_not_repeated),
		cmocka_unit_test(less_than_half_of_a_change_is_left_out),
		cmocka_unit_test(recursion_counts_once),
		cmocka_unit_test(mere_callers_and_doors_explain_nothing),
		cmocka_unit_test(little_beside_the_first_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
