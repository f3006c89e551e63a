#include "tests/test.h"

#include "base/scoped.h"
#include "diff/fail_on.h"

#include <string.h>

static void add(struct comparison *c, const char *name, double before, double after,
		enum verdict verdict)
{
	struct frame frame = {.name = strtab_add(&c->profile.strings, name),
			      .kind = FRAME_USER};
	struct function_change *f = vec_add(&c->functions);

	f->frame = frame_add(&c->profile.frames, &frame);
	f->total = (struct change){.value = {before, after},
				   .delta = after - before,
				   .is_tested = true,
				   .verdict = verdict};
	f->self = f->total;
	f->self.delta /= 10;
}

static void comparison_make(struct comparison *c)
{
	comparison_init(c);
	c->measure = MEASURE_SHARE;
	vec_add(&c->nodes);
	add(c, "operator()(int)", 0.5, 0.1, VERDICT_LESS);
	add(c, "__inet_hash_connect", 0.1, 0.4, VERDICT_MORE);
	add(c, "quiet", 0.1, 0.9, VERDICT_NONE);
	add(c, "moved", 0.1, 0.9, VERDICT_MOVED);
	add(c, "aab", 0.1, 0.4, VERDICT_MORE);
}

/* The name of the function for which a condition holds, or NULL. */
static const char *held(const struct comparison *c, const char *text)
{
	const struct function_change *f;
	struct fail_on condition;
	struct error err;

	assert_int_equal(fail_on_parse(&condition, text, &err), 0);
	f = fail_on_find(&condition, c);
	return f ? frame_name(&c->profile.frames, f->frame) : NULL;
}

static void test_conditions(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	comparison_make(&c);
	assert_string_equal(held(&c, "total(*inet_hash_connect) > +2%"),
			    "__inet_hash_connect");
	assert_string_equal(held(&c, "total(*inet*) > 29.9 %"), "__inet_hash_connect");
	assert_string_equal(held(&c, " total(__inet_hash_connect)>2%"),
			    "__inet_hash_connect");
	assert_null(held(&c, "total(inet_hash_connect) > +2%"));
	assert_null(held(&c, "total(*inet_hash) > +2%"));
	assert_null(held(&c, "total(*inet_hash_connect) > 30.1%"));
	assert_null(held(&c, "total(*inet_hash_connect) < -2%"));
	assert_null(held(&c, "self(*inet_hash_connect) > 4%"));
	assert_string_equal(held(&c, "self(*inet_hash_connect) > 2%"),
			    "__inet_hash_connect");
	assert_string_equal(held(&c, "total(operator()(int)) < -5%"), "operator()(int)");
	assert_string_equal(held(&c, "total(*) < -5%"), "operator()(int)");
	assert_string_equal(held(&c, "total(*ab) > 2%"), "aab");
	assert_null(held(&c, "total(*bb) > 2%"));
	assert_string_equal(held(&c, "any"), "operator()(int)");
	/* In the unit of the table, which is per cent here. */
	assert_string_equal(held(&c, "total(*) > 29"), "__inet_hash_connect");
}

static void test_without_a_verdict_nothing_holds(void **state)
{
	scoped(comparison_release) struct comparison c;

	(void)state;
	comparison_make(&c);
	assert_null(held(&c, "total(quiet) > 1%"));
	assert_null(held(&c, "total(moved) > 1%"));
	c.functions.n = 0;
	add(&c, "quiet", 0.1, 0.9, VERDICT_NONE);
	assert_null(held(&c, "any"));
	add(&c, "moved", 0.1, 0.9, VERDICT_MOVED);
	assert_string_equal(held(&c, "any"), "moved");
}

static void test_what_is_no_condition(void **state)
{
	static const char *const texts[] = {
		"",
		"anything",
		"total",
		"total(",
		"total()",
		"total(f)",
		"total(f) >",
		"total(f) = 2%",
		"total(f) > x",
		"total(f) > 2%%",
		"total(f) > nan",
		"total(f) > inf",
		"total(f) > 0x2",
		"total(f) > 1e3",
		"total(f) > +-2%",
		"total(f) > - 2%",
		"self f > 2%",
		"total) > 2%(",
		"total(f) > 2 points",
	};
	struct fail_on condition;
	struct error err;

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		assert_int_equal(fail_on_parse(&condition, texts[i], &err), -1);
		assert_non_null(strstr(err.text, "invalid condition"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_without_a_verdict_nothing_holds),
		cmocka_unit_test(test_what_is_no_condition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
