#include "render/svg/svg.h"

#include "base/scoped.h"
#include "render/palette.h"
#include "render/svg/assets.h"
#include "tests/render/stacks.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static struct out *picture_of(const char *const *lines, const struct run_info *c,
			      const char *title)
{
	struct out *o = out_memory();
	struct profile p;

	stacks_profile(&p, lines);
	svg_write(o, &p, c, &(struct svg_options){.title = title});
	profile_release(&p);
	return o;
}

static const char *const plain[] = {"nginx;main;read_[k] 30", "nginx;main 10", NULL};

static void same_input_same_bytes(void **state)
{
	struct run_info c = {.hostname = "h", .samples = 40};
	scoped(out_free) struct out *a = picture_of(plain, &c, NULL);
	scoped(out_free) struct out *b = picture_of(plain, &c, NULL);

	(void)state;
	assert_int_equal(out_pos(a), out_pos(b));
	assert_memory_equal(out_data(a), out_data(b), out_pos(a));
}

static void frames_stand_there_without_a_script(void **state)
{
	struct run_info c = {0};
	scoped(out_free) struct out *o = picture_of(plain, &c, NULL);

	(void)state;
	/* 3/4 of 1260 px, less the gap. */
	assert_non_null(strstr(out_data(o), "<path d=\"M100 3h9442\">"
					    "<title>read: 75.0%, 30 samples</title>"));
	assert_non_null(strstr(out_data(o), ">read</text>"));
	assert_non_null(strstr(out_data(o), "stroke=\"#e4a767\""));
	assert_non_null(strstr(out_data(o), "Flame graph</text>"));
	assert_non_null(strstr(out_data(o), "40 samples"));
	assert_null(strstr(out_data(o), "lost"));
}

static void the_head_tells_the_quality(void **state)
{
	struct run_info c = {
		.hostname = "web<1>",
		.event = "cycles",
		.frequency = 99,
		.cpus = 1,
		.samples = 60,
		.idle_samples = 20,
		.lost = 40,
		.unknown_samples = 4,
		.truncated_samples = 2,
		.broken_samples = 1,
		.busy = 1,
		.idle = 3,
	};
	scoped(out_free) struct out *o = picture_of(plain, &c, NULL);

	(void)state;
	assert_non_null(strstr(out_data(o), "Flame graph of web&lt;1&gt;</text>"));
	assert_non_null(strstr(out_data(o), "cycles at 99 Hz \xc2\xb7 1 CPU</text>"));
	assert_non_null(strstr(out_data(o), "40 samples \xc2\xb7 CPUs busy 25.0%"));
	assert_non_null(strstr(out_data(o), "20 samples of idle CPUs left out"));
	assert_non_null(strstr(out_data(o), ">40 samples lost (40.0%)</tspan>"));
	assert_non_null(strstr(out_data(o), ">10.0% without a name</tspan>"));
	assert_non_null(strstr(out_data(o), ">2 stacks truncated (5.00%)</tspan>"));
	assert_non_null(strstr(out_data(o), ">1 stacks broken (2.50%)</tspan>"));
}

static void hostile_names_stay_text(void **state)
{
	static const char *const lines[] = {
		"<script>alert(1)</script>;\"onload=\"alert(2);]]>\x01\x1b[0m\xff 10",
		NULL};
	struct run_info c = {.hostname = "<svg/onload=alert(3)>", .command = "]]>\x02"};
	scoped(out_free) struct out *o = picture_of(lines, &c, "<b>&\xc3");
	const char *s = out_data(o), *script;
	size_t len = out_pos(o);

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_true((uint8_t)s[i] >= 0x20 || s[i] == '\n');
	script = strstr(s, "<script>");
	assert_non_null(script);
	assert_memory_equal(script, "<script><![CDATA[", 17);
	assert_null(strstr(script + 1, "<script>alert"));
	assert_null(strstr(s, "<script>alert"));
	assert_null(strstr(s, "<svg/onload"));
	assert_non_null(strstr(s, "<title>&lt;b&gt;&amp;\xef\xbf\xbd</title>"));
}

static void an_empty_profile_is_a_picture(void **state)
{
	static const char *const lines[] = {NULL};
	struct run_info c = {0};
	scoped(out_free) struct out *o = picture_of(lines, &c, NULL);

	(void)state;
	assert_non_null(strstr(out_data(o), "0 samples"));
	assert_non_null(strstr(out_data(o), "</svg>\n"));
}

/* Bytes as they are in the picture. */
static void script_and_style_stay_small(void **state)
{
	const struct asset *scripts[] = {&asset_script, &asset_timed_script,
					 &asset_diff_script};

	(void)state;
	for (size_t i = 0; i < array_size(scripts); i++) {
		assert_null(memmem(scripts[i]->data, scripts[i]->size, "]]>", 3));
		assert_null(memmem(scripts[i]->data, scripts[i]->size, "\n//", 3));
	}
	if (memmem(asset_script.data, asset_script.size, "\nconst ", 7)) {
		print_message("built without esbuild\n");
		skip();
	}
	assert_in_range(asset_script.size + asset_style.size, 1, 29 * 1024);
	assert_in_range(asset_timed_script.size, 1, asset_script.size + 3 * 1024);
	assert_in_range(asset_diff_script.size + asset_diff_style.size, 1,
			asset_script.size + 6 * 1024);
}

static struct out *picture_with(const char *const *lines,
				const struct svg_options *options,
				const struct run_info *c)
{
	struct out *o = out_memory();
	struct profile p;

	stacks_profile(&p, lines);
	svg_write(o, &p, c, options);
	profile_release(&p);
	return o;
}

static void options_are_heeded(void **state)
{
	struct run_info c = {.unit = "pages<"};
	const struct svg_options options = {.title = "What it was",
					    .subtitle = "and when & where",
					    .palette = palette_named("blue"),
					    .width = 900};
	scoped(out_free) struct out *o = picture_with(plain, &options, &c);

	(void)state;
	assert_non_null(strstr(out_data(o), "width=\"900\""));
	assert_non_null(strstr(out_data(o), ">What it was</text>"));
	assert_non_null(strstr(out_data(o), ">and when &amp; where</text>"));
	assert_non_null(strstr(out_data(o), "<title>read: 75.0%, 30 pages&lt;</title>"));
	assert_non_null(strstr(out_data(o), "40 pages&lt;</text>"));
	assert_non_null(strstr(out_data(o), ">code</text>"));
	assert_null(strstr(out_data(o), ">kernel</text>"));
	assert_null(strstr(out_data(o), "#ebae6e"));
	assert_non_null(strstr(out_data(o), "#66a3ec"));
}

/* Hebrew, which would turn the numbers beside it. */
static void names_read_from_the_right_stand_alone(void **state)
{
	static const char *const lines[] = {"\xd7\x90\xd7\x91;main 1",
					    "main;\xe2\x80\xae\xd7\x90 1", NULL};
	struct run_info c = {.hostname = "\xd7\x90", .command = "\xd7\x91"};
	scoped(out_free) struct out *o = picture_of(lines, &c, NULL);

	(void)state;
	assert_non_null(strstr(out_data(o), "<title>\xe2\x81\xa8\xd7\x90\xd7\x91"
					    "\xe2\x81\xa9: 50.0%, 1 sample</title>"));
	assert_non_null(strstr(out_data(o), "\xe2\x81\xa8\xef\xbf\xbd\xd7\x90"
					    "\xe2\x81\xa9: 50.0%"));
	assert_non_null(strstr(out_data(o), "<title>main: 50.0%"));
	assert_null(strstr(out_data(o), "\xe2\x80\xae"));
	assert_non_null(strstr(out_data(o), ">\xe2\x81\xa8\xd7\x91\xe2\x81\xa9</text>"));
}

/* 12,600 samples are 12,600 tenths of a px. */
static void slivers_that_touch_are_one(void **state)
{
	static const char *const lines[] = {"web;a_[l]\tlibc 10", "web;b_[l]\tlibc 20",
					    "web;c_[l]\tlibc 10", "web;d_[k] 10",
					    "web;e_[l]\tlibc 26", "web;f_[l]\tlibc 10",
					    "web;main 12514",	  NULL};
	struct run_info c = {0};
	scoped(out_free) struct out *o = picture_of(lines, &c, NULL);

	(void)state;
	/* The first three; behind another colour one with a gap; and what no longer
	 * touches. */
	assert_non_null(strstr(out_data(o), "<path d=\"m100 2h40m10 0h18m8 0h10\"/>"));
}

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* 180 boxes of 7 px with names of 54 kB together, below 3 wide ones. */
static void titles_make_room_for_boxes(void **state)
{
	struct run_info c = {0};
	struct out *o = out_memory();
	struct profile p;
	char name[300];

	(void)state;
	profile_init(&p);
	memset(name, 'n', sizeof(name));
	for (int i = 0; i < 180; i++) {
		struct frame f = {.kind = FRAME_ROOT};
		node_id node;

		snprintf(name, sizeof(name), "thread %d", i / 60);
		f.name = strtab_add(&p.strings, name);
		node = profile_child(&p, PROFILE_ROOT, frame_add(&p.frames, &f));
		memset(name, 'n', sizeof(name));
		snprintf(name + 280, 20, "%d", i);
		f = (struct frame){.kind = FRAME_USER,
				   .name = strtab_add(&p.strings, name)};
		profile_add(&p, profile_child(&p, node, frame_add(&p.frames, &f)), 1, 0);
	}
	svg_write(o, &p, &c, &(struct svg_options){0});
	/* That of the document, the root and the threads. */
	assert_int_equal(count_of(out_data(o), "<title>"), 5);
	assert_int_equal(count_of(out_data(o), "h62"), 180);
	profile_release(&p);
	out_free(&o);
}

/* As many frames as can be seen, all with long names. */
static void the_static_part_has_a_bound(void **state)
{
	struct run_info c = {0};
	struct out *o = out_memory();
	const char *frames, *end;
	struct profile p;
	char name[300];

	(void)state;
	profile_init(&p);
	memset(name, '&', sizeof(name));
	for (int i = 0; i < 400; i++) {
		node_id node = PROFILE_ROOT;

		for (int depth = 0; depth < 100; depth++) {
			struct frame f = {.kind = FRAME_USER};

			snprintf(name + 200, 100, "%d-%d", i, depth);
			f.name = strtab_add(&p.strings, name);
			node = profile_child(&p, node, frame_add(&p.frames, &f));
		}
		profile_add(&p, node, (uint64_t)i + 1, 0);
	}
	svg_write(o, &p, &c, &(struct svg_options){0});
	frames = strstr(out_data(o), "<g id=\"static\"");
	end = strstr(out_data(o), "<metadata");
	assert_true(end - frames < 40 * 1000);
	/* Part of it is still there. */
	assert_true(end - frames > 10 * 1000);
	profile_release(&p);
	out_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_input_same_bytes),
		cmocka_unit_test(frames_stand_there_without_a_script),
		cmocka_unit_test(the_head_tells_the_quality),
		cmocka_unit_test(hostile_names_stay_text),
		cmocka_unit_test(an_empty_profile_is_a_picture),
		cmocka_unit_test(options_are_heeded),
		cmocka_unit_test(names_read_from_the_right_stand_alone),
		cmocka_unit_test(slivers_that_touch_are_one),
		cmocka_unit_test(titles_make_room_for_boxes),
		cmocka_unit_test(the_static_part_has_a_bound),
		cmocka_unit_test(script_and_style_stay_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
