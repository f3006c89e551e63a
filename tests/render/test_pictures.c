/* One picture of each version of the data, and the examples of docs/picture-format.md. */
#include "base/scoped.h"
#include "fold/folded.h"
#include "render/data/svg_read.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static char *read_sample(const char *name, const char *suffix, size_t *size)
{
	char path[300];
	char *text = mem_new(1 << 20, 1);
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s%s", PICTURES, name, suffix);
	in = fopen(path, "r");
	if (!in)
		fail_msg("cannot open '%s'", path);
	*size = fread(text, 1, (1 << 20) - 1, in);
	fclose(in);
	return text;
}

static void every_picture_is_read(void **state)
{
	static const char *const names[] = {"stacks", "times", "version-3"};

	(void)state;
	for (size_t i = 0; i < array_size(names); i++) {
		size_t size, folded_size;
		scoped(mem_release) char *svg = read_sample(names[i], ".svg", &size);
		scoped(mem_release) char *folded =
			read_sample(names[i], ".folded", &folded_size);
		scoped(out_free) struct out *o = out_memory();
		struct run_info c = {0};
		struct profile p;
		struct error err;

		profile_init(&p);
		if (svg_read(&p, NULL, &c, svg, size, &err))
			fail_msg("%s: %s", names[i], err.text);
		folded_write(o, &p,
			     &(struct text_write_options){.kernel = true, .jit = true});
		assert_string_equal(out_data(o), folded);
		run_info_release(&c);
		profile_release(&p);
	}
}

static void times_are_as_documented(void **state)
{
	size_t size;
	scoped(mem_release) char *svg = read_sample("times", ".svg", &size);
	struct run_info c = {0};
	struct timeline t = {0};
	struct profile p;
	struct error err;
	static const uint32_t slices[] = {3, 10, 4, 6};

	(void)state;
	profile_init(&p);
	assert_int_equal(svg_read(&p, &t, &c, svg, size, &err), 0);
	assert_true(c.weight_is_time);
	assert_string_equal(c.hostname, "web1.example.org");
	assert_null(c.cpu_model);
	assert_int_equal(c.cpus, 8);
	assert_int_equal(c.frequency, 99);
	assert_int_equal(p.nodes.n, 7);
	assert_int_equal(p.nodes.items[3].count, 2);
	assert_int_equal(p.nodes.items[3].weight, 2 * 10101010);
	assert_int_equal(t.width, 600 * 1000000);
	assert_int_equal(t.slices.n, 50);
	assert_int_equal(t.slices.items[49].idle, 4);
	assert_int_equal(t.counts.n, array_size(slices));
	for (size_t i = 0; i < t.counts.n; i++) {
		assert_int_equal(t.counts.items[i].slice, slices[i]);
		assert_int_equal(t.counts.items[i].count, 1);
		assert_int_equal(t.slices.items[slices[i]].busy, 1);
	}
	run_info_release(&c);
	timeline_release(&t);
	profile_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_picture_is_read),
		cmocka_unit_test(times_are_as_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
