#include "tests/test.h"

#include "base/out.h"
#include "base/scoped.h"
#include "render/changes.h"
#include "render/quote.h"

#include <string.h>

static struct function_change *add(struct comparison *c, const char *name,
				   const char *object)
{
	struct frame frame = {.name = strtab_add(&c->profile.strings, name),
			      .object = strtab_add(&c->profile.strings, object),
			      .kind = FRAME_KERNEL};
	struct function_change *f = vec_add(&c->functions);

	f->frame = frame_add(&c->profile.frames, &frame);
	f->through = FUNCTION_NONE;
	return f;
}

static struct change change(double before, double after, enum verdict verdict)
{
	return (struct change){
		.count = {(uint64_t)(before * 1000), (uint64_t)(after * 1000)},
		.value = {before, after},
		.delta = after - before,
		.is_tested = true,
		.low = after - before - 0.01,
		.high = after - before + 0.01,
		.p = 0.001,
		.smallest = 0.02,
		.verdict = verdict};
}

static void comparison_make(struct comparison *c)
{
	struct node_change *root;
	struct function_change *f;

	comparison_init(c);
	c->measure = MEASURE_RATE;
	c->is_time = true;
	c->side[BEFORE] =
		(struct compared_side){.runs = 1, .samples = 1000, .seconds = 30};
	c->side[AFTER] = (struct compared_side){
		.runs = 2, .samples = 2000, .idle = 5, .lost = 7, .seconds = 60};
	c->evidence = (struct evidence){.has_slices = true,
					.slices = 60,
					.slice = 0.5,
					.spread = 1.4,
					.fdr = 0.05,
					.tested = 1234,
					.found = 3};
	c->powers[0] = (struct power){0.01, 0.004};
	root = vec_add(&c->nodes);
	root->total = change(1, 2, VERDICT_MORE);
	f = add(c, "hot", "[kernel]");
	f->total = change(0.842, 0.031, VERDICT_LESS);
	f->self = change(0.2, 0.2, VERDICT_NONE);
	f = add(c, "caller", "");
	f->total = change(0.85, 0.04, VERDICT_LESS);
	f->self = change(0.1, 0.3, VERDICT_MORE);
	f->self.is_tested = false;
	f->through = 0;
	f = add(c, "inner", "a,b");
	f->total = change(0.5, 0.5, VERDICT_NONE);
	f->self = change(0.1, 0.3, VERDICT_MORE);
	add(c, "same", "")->total = change(0.5, 0.5, VERDICT_NONE);
	add(c, "late", "")->total = change(0, 0.02, VERDICT_NONE);
	add(c, "small", "")->total = change(0, 0.019, VERDICT_NONE);
}

static const char *table(struct out *o, const struct changes_options *options)
{
	scoped(comparison_release) struct comparison c;

	comparison_make(&c);
	changes_write_table(o, &c, options);
	return out_data(o);
}

static void test_table(void **state)
{
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	assert_string_equal(
		table(o, &(struct changes_options){0}),
		"before:    30.0 s, 1,000 samples, 0 lost\n"
		"after:     2 runs, 60.0 s, 2,000 samples, 5 idle ones left out, 7 lost\n"
		"all:       in % of a CPU, 100 -> 200 (+100 ±1.00)\n"
		"intervals: 95 %, from the spread over slices of 0.5 s, 1.4 times that "
		"of "
		"independent samples\n"
		"verdicts:  3 of 1,234 tested, at most 5 % of them by chance\n"
		"to show:   a change of at least 0.40 for a function of 1.00\n"
		"\n"
		"    before     after     total              self          verdict      "
		"function\n"
		"      84.2      3.10     -81.1 ±1.00        0.00 ±1.00    less         "
		"hot     "
		"[kernel]\n"
		"      85.0      4.00     -81.0 ±1.00       +20.0          less         "
		"caller\n"
		"      50.0      50.0      0.00 ±1.00       +20.0 ±1.00    self more    "
		"inner   a,b\n"
		"         -      2.00     +2.00 ±1.00        0.00          no evidence  "
		"late\n");
}

static void test_limit_keeps_what_is_one_sided(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	const char *text = table(o, &(struct changes_options){.limit = 1});

	(void)state;
	assert_non_null(strstr(text, "hot"));
	assert_null(strstr(text, "caller"));
	assert_null(strstr(text, "small"));
	assert_non_null(strstr(text, "late\n2 more functions changed"));
}

static void test_by_self(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	const char *text = table(o, &(struct changes_options){.by_self = true});

	(void)state;
	assert_null(strstr(text, "hot"));
	assert_non_null(strstr(text,
			       "      10.0      30.0     +20.0             -81.0 ±1.00 "
			       "   more         caller\n"));
	assert_non_null(strstr(text, " self             total "));
}

/* The names get the rest of the terminal, but never less than 16 columns. */
static void test_width(void **state)
{
	static const struct {
		size_t width;
		const char *name; /* as it is cut */
	} widths[] = {{0, "a_function_with_a_name_that_is_long"},
		      {200, "a_function_with_a_name_that_is_long"},
		      {120, "a_function_with_a_name_tha\xe2\x80\xa6"},
		      {80, "a_function_with\xe2\x80\xa6"}};

	(void)state;
	for (size_t i = 0; i < array_size(widths); i++) {
		scoped(comparison_release) struct comparison c;
		scoped(out_free) struct out *o = out_memory();
		const char *line;

		comparison_make(&c);
		add(&c, "a_function_with_a_name_that_is_long", "lib")->total =
			change(0.5, 0.1, VERDICT_LESS);
		changes_write_table(o, &c,
				    &(struct changes_options){.width = widths[i].width});
		line = strstr(out_data(o), "a_function");
		assert_non_null(line);
		assert_memory_equal(line, widths[i].name, strlen(widths[i].name));
		assert_string_equal(line + strlen(widths[i].name), "  lib\n");
	}
}

static void test_nothing_found(void **state)
{
	scoped(comparison_release) struct comparison c;
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	comparison_make(&c);
	c.functions.n = 0;
	changes_write_table(o, &c, &(struct changes_options){0});
	assert_non_null(strstr(out_data(o), "\nno function changed"));
}

static void test_csv(void **state)
{
	scoped(comparison_release) struct comparison c;
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	comparison_make(&c);
	c.functions.n = 3;
	changes_write_csv(o, &c, 0, false);
	assert_non_null(strstr(out_data(o),
			       "\nhot,[kernel],84.2,3.1,-81.1,-82.1,-80.1,0.001,less,"
			       "20,20,0,-1,1,0.001,no evidence\n"
			       "caller,,85,4,-81,-82,-80,0.001,less,10,30,20,,,,more\n"
			       "inner,\"a,b\",50,"));
}

static void test_json(void **state)
{
	scoped(comparison_release) struct comparison c;
	scoped(out_free) struct out *o = out_memory();

	(void)state;
	comparison_make(&c);
	changes_write_json(o, &c, 2);
	assert_non_null(strstr(out_data(o), "\"unit\": \"% of a CPU\""));
	assert_non_null(
		strstr(out_data(o),
		       "{\"name\": \"caller\", \"object\": \"\", \"kind\": \"kernel\", "
		       "\"through\": \"hot\",\n   \"total\": {\"samples\": [850, 40], "
		       "\"before\": 85, \"after\": 4, \"delta\": -81, \"low\": -82, "
		       "\"high\": -80, \"p\": 0.001, \"smallest\": 2, \"verdict\": "
		       "\"less\"}"));
	assert_null(strstr(out_data(o), "inner"));
}

static void test_quoting(void **state)
{
	scoped(out_free) struct out *json = out_memory();
	scoped(out_free) struct out *csv = out_memory();

	(void)state;
	quote_json(json, "a\"b\\c\n</script>\xff");
	assert_string_equal(out_data(json),
			    "\"a\\\"b\\\\c\xef\xbf\xbd</script>\xef\xbf\xbd\"");
	quote_csv(csv, "plain");
	quote_csv(csv, "a\"b,c");
	quote_csv(csv, "operator new");
	assert_string_equal(out_data(csv), "plain\"a\"\"b,c\"\"operator new\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_limit_keeps_what_is_one_sided),
		cmocka_unit_test(test_by_self),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_nothing_found),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_quoting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
