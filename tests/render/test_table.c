#include "render/table.h"

#include "base/scoped.h"
#include "render/text.h"
#include "tests/render/stacks.h"
#include "tests/test.h"

#include <string.h>

static const char *const lines[] = {
	"nginx;main\tnginx;epoll_wait_[k]\t[kernel.kallsyms] 1200",
	"nginx;main\tnginx;parse\tnginx;parse\tnginx 300",
	"nginx;main\tnginx;parse\tnginx 50",
	"php;main\tphp;b_[l]\tlibverylongname-with-parts.so.42.1 25",
	"php;main\tphp;a_[l]\tlibverylongname-with-parts.so.42.1 25",
	"php;main\tphp;std::map<int, std::string>::find(int const&)\tphp 400",
	NULL,
};

static char *table_of(const struct run_info *c, const struct table_options *options)
{
	scoped(out_free) struct out *o = out_memory();
	struct profile p;
	char *text;

	stacks_profile(&p, lines);
	table_write(o, &p, c, options);
	profile_release(&p);
	text = mem_str(out_data(o), out_pos(o));
	return text;
}

static void both_lists_are_written(void **state)
{
	struct run_info c = {.event = "cpu-clock"};
	struct table_options options = {.limit = 3, .both = true, .width = 90};
	scoped(mem_release) char *table = table_of(&c, &options);

	(void)state;
	assert_string_equal(
		table,
		"2,000 samples of cpu-clock; shares are of samples\n"
		"\n"
		"by self: in the function itself\n"
		"     self  samples    total  samples  function                          "
		" object\n"
		"    60.0%    1,200    60.0%    1,200  epoll_wait                        "
		" "
		"[kernel.kallsyms]\n"
		"    20.0%      400    20.0%      400  std::map::find(int const&)        "
		" "
		"php\n"
		"    17.5%      350    17.5%      350  parse                             "
		" "
		"nginx\n"
		"\n"
		"by total: in the function or what it called\n"
		"     self  samples    total  samples  function    object\n"
		"    0.00%        0    77.5%    1,550  main        nginx\n"
		"    60.0%    1,200    60.0%    1,200  epoll_wait  [kernel.kallsyms]\n"
		"    0.00%        0    22.5%      450  main        php\n");
}

static void stacks_that_end_early_are_counted(void **state)
{
	struct run_info c = {.event = "cycles", .truncated_samples = 20};
	struct table_options options = {.limit = 1};
	scoped(mem_release) char *truncated = table_of(&c, &options);
	scoped(mem_release) char *both = NULL;

	(void)state;
	c.broken_samples = 1;
	both = table_of(&c, &options);
	assert_non_null(strstr(truncated, "2,000 samples of cycles, 1.00% of stacks "
					  "truncated; shares are of samples\n"));
	assert_non_null(
		strstr(both, ", 1.00% of stacks truncated, 0.05% of stacks broken; "));
}

static void equal_values_are_ordered_by_name(void **state)
{
	struct run_info c = {0};
	scoped(mem_release) char *table = table_of(&c, &(struct table_options){0});
	const char *a = strstr(table, "  a  "), *b = strstr(table, "  b  ");

	(void)state;
	assert_non_null(a);
	assert_true(a < b);
	/* Nothing was seen in main itself. */
	assert_null(strstr(table, "main"));
	assert_null(strstr(table, "by total"));
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	struct run_info c = {0};

	(void)state;
	for (size_t width = 60; width < 140; width++) {
		struct table_options options = {.both = true, .width = width};
		scoped(mem_release) char *table = table_of(&c, &options);

		for (char *next = table, *line; (line = strsep(&next, "\n"));)
			assert_true(text_columns(line, strlen(line)) <= width);
	}
}

static void names_without_a_width_are_whole(void **state)
{
	struct run_info c = {0};
	struct table_options options = {.by_total = true};
	scoped(mem_release) char *table = table_of(&c, &options);

	(void)state;
	assert_non_null(
		strstr(table, "std::map<int, std::string>::find(int const&)  php\n"));
	assert_non_null(strstr(table, "libverylongname-with-parts.so.42.1\n"));
}

static void an_empty_profile_is_a_table(void **state)
{
	scoped(out_free) struct out *o = out_memory();
	struct run_info c = {0};
	struct profile p;

	(void)state;
	profile_init(&p);
	table_write(o, &p, &c, &(struct table_options){.both = true, .width = 80});
	assert_non_null(strstr(out_data(o), "0 samples"));
	profile_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_lists_are_written),
		cmocka_unit_test(stacks_that_end_early_are_counted),
		cmocka_unit_test(equal_values_are_ordered_by_name),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(names_without_a_width_are_whole),
		cmocka_unit_test(an_empty_profile_is_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
