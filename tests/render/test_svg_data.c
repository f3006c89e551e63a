#include "render/data/svg_data.h"

#include "base/deflate.h"
#include "base/scoped.h"
#include "render/data/base91.h"
#include "render/svg_diff.h"
#include "tests/render/stacks.h"
#include "tests/test.h"

#include <string.h>

/* The inflated data of a picture, 'size' bytes. Its layout is made here. */
static void *plain_data(const struct svg_picture *pic, size_t *size)
{
	scoped(out_free) struct out *o = out_memory();
	scoped(layout_release) struct layout layout = {0};
	scoped(mem_release) uint8_t *packed = NULL;
	struct svg_picture with_layout = *pic;
	struct bytes in;
	void *data;

	layout_make(&layout, pic->profile);
	with_layout.layout = &layout;
	svg_data_write(o, &with_layout);
	assert_int_equal(*out_data(o), SVG_DATA_VERSION);
	packed = base91_read(out_data(o) + 1, out_pos(o) - 1, size);
	assert_non_null(packed);
	in = bytes_of(packed, *size);
	*size = bytes_uleb(&in);
	data = deflate_unpack(in, *size);
	assert_non_null(data);
	return data;
}

#define NO_METADATA "\x07\n\n\n\n\n\n\n\x0e\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void assert_picture(const struct svg_picture *pic, const char *expected,
			   size_t expected_size)
{
	size_t size;
	scoped(mem_release) void *data = plain_data(pic, &size);

	assert_int_equal(size, expected_size);
	assert_memory_equal(data, expected, expected_size);
}

static void assert_data(const struct profile *p, const struct run_info *c,
			const struct timeline *t, const char *expected,
			size_t expected_size)
{
	assert_picture(&(struct svg_picture){.profile = p, .run_info = c, .timeline = t},
		       expected, expected_size);
}

#define DATA(text) text, sizeof(text) - 1

/* Frames of most kinds, inlined and not, of all three shades: by the object, or by the
 * name in the kernel. Objects and frames are numbered by their first use in the order
 * of the layout. */
static void frames_have_their_attributes(void **state)
{
	static const char *const lines[] = {"p;u\tprog;i_[i]\tprog;l_[l]\tlibx 1",
					    "p;m_[m]\tmod2;nf_[k]\tvmlinux 1",
					    "p;j_[j];[unknown x]\tlibx 1", NULL};
	struct run_info c = {0};
	struct profile p;

	(void)state;
	stacks_profile(&p, lines);
	assert_data(&p, &c, NULL,
		    DATA("\0" NO_METADATA "\x17libx\nmod2\nvmlinux\nprog\n"
			 "\x1bp\nj\n[unknown x]\nm\nnf\nu\ni\nl\n"
			 "\0\0\1\2\3\4\4\1"
			 /* shade * 32 + 16 if inlined + kind */
			 "\x20\x25\x27\x42\x21\x03\x13\x24"
			 /* callees; p is the root's only one and has three: j, m and u */
			 "\x8\3\1\0\1\0\1\1\0\1\0"
			 "\0\0\0\0\0\0\0\0" /* all frames are new */
			 "\x9" /* leaves have one sample, others none */));
	profile_release(&p);
}

/* The f in b;f is no new frame, and the third f of a;f;f;f is no new call. */
static void calls_refer_to_frames_and_ranks(void **state)
{
	static const char *const lines[] = {"a;f;f;f 1", "b;f;f 3", "b;f 1", "b;g 1",
					    NULL};
	struct run_info c = {0};
	struct profile p;

	(void)state;
	stacks_profile(&p, lines);
	assert_data(&p, &c, NULL,
		    DATA("\0" NO_METADATA "\0"
			 "\x8"
			 "a\nf\nb\ng\n"
			 "\0\0\0\0\x20\x43\x20\x03"
			 "\x8"
			 "\1\1\1\4\2\1\4\0"
			 "\2"
			 "\0\0\2\0\2\0"
			 "\x6\1\0\3\1"));
	profile_release(&p);
}

/* Weights are differences from the mean weight of a sample. */
static void weights_are_differences(void **state)
{
	static const char *const lines[] = {"a 2", "b 1", NULL};
	struct run_info c = {.weight_is_time = true};
	struct profile p;

	(void)state;
	stacks_profile(&p, lines);
	p.nodes.items[1].weight = 20;
	p.nodes.items[2].weight = 11;
	profile_add(&p, PROFILE_ROOT, 1, 10);
	assert_data(&p, &c, NULL,
		    DATA("\3" NO_METADATA "\0"
			 "\4"
			 "a\nb\n"
			 "\0\0\x20\x20"
			 "\2\0\0\2\0\0"
			 "\0\1\0\2\1"
			 "\xa\2\2\0"));
	/* One weight is enough, and the root's counts too. */
	p.nodes.items[1].weight = p.nodes.items[2].weight = 0;
	p.nodes.items[PROFILE_ROOT].weight = 0;
	c.weight_is_time = false;
	assert_data(&p, &c, NULL,
		    DATA("\0" NO_METADATA "\0"
			 "\4"
			 "a\nb\n"
			 "\0\0\x20\x20"
			 "\2\0\0\2\0\0"
			 "\0\1\0\2\1"));
	p.nodes.items[PROFILE_ROOT].weight = 4;
	assert_data(&p, &c, NULL,
		    DATA("\1" NO_METADATA "\0"
			 "\4"
			 "a\nb\n"
			 "\0\0\x20\x20"
			 "\2\0\0\2\0\0"
			 "\0\1\0\2\1"
			 "\1\0\6\0\3\0\1\0"));
	profile_release(&p);
}

static void times_follow_the_tree(void **state)
{
	static const char *const lines[] = {"a 2", "b 1", NULL};
	static const struct timeline_count counts[] = {
		{1, 1, 1, 0}, {1, 2, 1, 0}, {2, 2, 1, 0}};
	struct run_info c = {0};
	struct timeline t = {.width = 7};
	struct profile p;

	(void)state;
	stacks_profile(&p, lines);
	/* Times of no slice are no times. */
	assert_data(&p, &c, &t,
		    DATA("\0" NO_METADATA "\0"
			 "\4"
			 "a\nb\n"
			 "\0\0\x20\x20"
			 "\2\0\0\2\0\0"
			 "\1\2\1"));
	for (uint64_t i = 0; i < 3; i++)
		vec_push(&t.slices, ((struct timeline_slice){.idle = 5 + i}));
	for (size_t i = 0; i < array_size(counts); i++)
		vec_push(&t.counts, counts[i]);
	timeline_sort(&t);
	assert_data(&p, &c, &t,
		    DATA("\4" NO_METADATA "\0"
			 "\4"
			 "a\nb\n"
			 "\0\0\x20\x20"
			 "\2\0\0\2\0\0"
			 "\1\2\1"
			 "\3\7\5\6\7"
			 "\3"
			 "\1\1\2"
			 "\0\0\0"));
	timeline_release(&t);
	profile_release(&p);
}

static void metadata_is_in_its_order(void **state)
{
	struct run_info c = {
		.hostname = "h",
		.os_release = "r",
		.arch = "a",
		.cpu_model = "m",
		.command = "c",
		.event = "e",
		.unit = "u",
		.frequency = 2,
		.cpus = 1,
		.start = 3,
		.duration = 4,
		.busy = 5,
		.idle = 6,
		.own_cpu = 7,
		.samples = 8,
		.idle_samples = 9,
		.lost = 10,
		.throttled = 11,
		.unknown_samples = 12,
		.truncated_samples = 13,
		.broken_samples = 300,
	};
	struct profile p;

	(void)state;
	profile_init(&p);
	assert_data(&p, &c, NULL,
		    DATA("\0\xeh\nr\na\nm\nc\ne\nu\n"
			 "\xe\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xac\2"
			 "\0\0\0\0\0\1\0"));
	profile_release(&p);
}

static struct change change_of(uint64_t before, uint64_t after, double value_before,
			       double value_after)
{
	return (struct change){.count = {before, after},
			       .value = {value_before, value_after},
			       .delta = value_after - value_before};
}

/* Two functions of 8 samples: one has a verdict, the other one a value that is not
 * that of its samples. */
static struct function_change *compare_two_functions(struct comparison *c)
{
	static const char *const lines[] = {"a 4", "b 4", NULL};
	struct function_change *f;
	struct change *less;

	comparison_init(c);
	profile_release(&c->profile);
	stacks_profile(&c->profile, lines);
	c->measure = MEASURE_SHARE;
	c->evidence.spread = 2;
	vec_release(&c->nodes);
	for (size_t i = 0; i < c->profile.nodes.n; i++)
		vec_add(&c->nodes);
	c->nodes.items[0].total = change_of(4, 4, 1, 1);
	c->nodes.items[1].self = change_of(3, 1, 0.75, 0.25);
	c->nodes.items[2].self = change_of(1, 3, 0.25, 0.76);
	less = &c->nodes.items[1].total;
	*less = change_of(3, 1, 0.75, 0.25);
	less->is_tested = true;
	less->verdict = VERDICT_LESS;
	less->low = -0.6;
	less->high = -0.4;
	f = vec_add(&c->functions);
	f->through = FUNCTION_NONE;
	f->frame = c->profile.nodes.items[1].frame;
	f->total = *less;
	f->self.verdict = VERDICT_MOVED;
	return f;
}

static void the_sides_of_a_comparison_follow(void **state)
{
	static const struct svg_side sides[] = {{.name = "b.data"}, {.name = "a.data"}};
	struct run_info info = {.weight_is_time = true};
	struct comparison c;
	struct svg_diff diff = {.comparison = &c, .sides = sides, .largest = 0.5};
	struct function_change *f;

	(void)state;
	f = compare_two_functions(&c);
	diff.movers.n = 1;
	diff.movers.items[0] = f;
	assert_picture(&(struct svg_picture){.profile = &c.profile,
					     .diff = &diff,
					     .run_info = &info},
		       DATA("\x8" NO_METADATA "\0"
			    "\4a\nb\n"
			    "\0\0\x20\x20"
			    "\2\0\0\2\0\0"
			    "\1\4\0\4\0"
			    "\x2c% of the samples\nb.data\na.data\n25\n25\n2\n0\n50\n"
			    "\3\1"
			    "\3"
			    "\2\x50\0"
			    "\1\4\1"
			    "\4"
			    "\0\3\1"
			    "\0\6\1"
			    "\4\0"
			    "\1\0"
			    "\1\0"));
	comparison_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_have_their_attributes),
		cmocka_unit_test(calls_refer_to_frames_and_ranks),
		cmocka_unit_test(weights_are_differences),
		cmocka_unit_test(times_follow_the_tree),
		cmocka_unit_test(metadata_is_in_its_order),
		cmocka_unit_test(the_sides_of_a_comparison_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
